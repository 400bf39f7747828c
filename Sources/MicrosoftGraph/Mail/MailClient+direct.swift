import Cryptography
import HTTPClient
import JSON
import MailModel
import Telemetry

extension MailClient {
    /// What fits into one request after base64 and the rest of the mail (the service takes 4 MB).
    private static let directLimit = 2_900_000

    /// Sends by one request: needs Mail.Send for it, and Mail.Read to look it up.
    ///
    /// An unknown outcome is looked for by the key and never sent again by itself: while the mail is on its way nobody can
    /// see it. Without the right to read it is sent all the same, because a step is done only when no earlier try of it is in
    /// doubt; an unknown outcome then stays one.
    func sendDirectly(
        _ mail: OutgoingMail,
        verify: Bool,
        deadline: ContinuousClock.Instant,
        _ willSend: @Sendable () async throws -> Void
    ) async throws -> SentMail {
        let total = mail.attachments.reduce(mail.body.utf8.count) { $0 + $1.bytes }
        guard total <= Self.directLimit else {
            throw MailError(
                .invalidInput,
                "Direct mode carries at most \(Self.directLimit) bytes, this mail has \(total): use mode draft."
            )
        }
        let earlier = try await findIfAllowed(mail, deadline)
        if let sent = earlier?.first(where: { !$0.isDraft }) {
            let trace = try await settle(sent, mail, deadline)
            return SentMail(trace: trace.0, mode: .direct, proof: trace.1, wasAlreadySent: true)
        }
        try await willSend()
        let isKnown = try await postDirectly(mail, deadline)
        guard earlier != nil else {
            guard isKnown else { throw Self.unreadable(mail) }
            return Self.taken(wasLookedUp: false)
        }
        guard verify || !isKnown else { return Self.taken(wasLookedUp: true) }
        return try await awaitCopy(mail, isKnown: isKnown, deadline)
    }

    /// The messages that carry the key; nil when the application may send, but not look.
    private func findIfAllowed(_ mail: OutgoingMail, _ deadline: ContinuousClock.Instant) async throws -> [MailTrace]? {
        do {
            return try await find(key: mail.key, in: mail.mailbox, deadline: deadline)
        } catch let error as MailError where error.code == .permission {
            environment.logger.debug("A mail is sent without looking for it", ["cause": error.message])
            return nil
        }
    }

    /// What is known of a mail the service took, and whose copy nobody has seen.
    private static func taken(wasLookedUp: Bool) -> SentMail {
        SentMail(
            trace: MailTrace(id: "", internetMessageID: "", isDraft: false),
            mode: .direct,
            proof: .accepted,
            wasAlreadySent: false,
            wasLookedUp: wasLookedUp
        )
    }

    /// The outcome of a mail nobody may look for.
    static func unreadable(_ mail: OutgoingMail) -> MailError {
        MailError(
            .unknownOutcome,
            "The answer to sending from \(mail.mailbox) was lost, and the application may not look for the mail: look into "
                + "Sent Items yourself before sending it again, or grant Mail.Read so that cpa can."
        )
    }

    /// - Returns: whether the service certainly took it.
    private func postDirectly(_ mail: OutgoingMail, _ deadline: ContinuousClock.Instant) async throws -> Bool {
        var message = mail.message
        var attachments: [JSONValue] = []
        for attachment in mail.attachments { attachments.append(.object(try await inline(attachment))) }
        if !attachments.isEmpty { message["attachments"] = .array(attachments) }
        let body: JSONObject = ["message": .object(message), "saveToSentItems": true]
        do {
            let response = try await connection.perform(
                .post("/users/\(PercentCoding.encode(mail.mailbox))/sendMail", body, mayRepeat: false),
                mailbox: mail.mailbox,
                deadline: deadline,
                operation: "send mail from \(mail.mailbox)"
            )
            // 200 is not 202: the service has answered so and sent nothing.
            if response.status == 202 { return true }
            if (200..<300).contains(response.status) { return false }
            throw MailError(response, during: "send mail from \(mail.mailbox)")
        } catch let error as MailError where error.code == .unknownOutcome {
            return false
        }
    }

    private func awaitCopy(
        _ mail: OutgoingMail,
        isKnown: Bool,
        _ deadline: ContinuousClock.Instant
    ) async throws -> SentMail {
        var waited = Duration.zero
        var pause = Duration.seconds(1)
        while true {
            let found = (try? await find(key: mail.key, in: mail.mailbox, deadline: deadline)) ?? []
            if let sent = found.first(where: { !$0.isDraft }) {
                let (trace, proof) = try await settle(sent, mail, deadline)
                if proof == .inSentItems || waited >= settings.resolveWindow {
                    return SentMail(trace: trace, mode: .direct, proof: proof, wasAlreadySent: false)
                }
            }
            guard waited < settings.resolveWindow, environment.now() + pause < deadline else { break }
            try await environment.sleep(pause)
            waited += pause
            pause = min(pause * 2, .seconds(16))
        }
        guard isKnown else {
            throw MailError(
                .unknownOutcome,
                "The answer to sending from \(mail.mailbox) was lost, and no sent mail with the key \(mail.key) was found in "
                    + "time. Look into Sent Items before sending it again."
            )
        }
        return Self.taken(wasLookedUp: true)
    }

    private func settle(
        _ sent: MailTrace,
        _ mail: OutgoingMail,
        _ deadline: ContinuousClock.Instant
    ) async throws -> (MailTrace, SentMail.Proof) {
        let location = try? await location(of: sent, key: mail.key, in: mail.mailbox, deadline: deadline)
        if case .inSentItems(let copy)? = location { return (copy, .inSentItems) }
        return (sent, .accepted)
    }
}
