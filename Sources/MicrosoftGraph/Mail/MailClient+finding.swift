import Cryptography
import HTTPClient
import JSON
package import MailModel

extension MailClient {
    private static let shortestWindow = Duration.seconds(5)
    private static let traceMembers = "id,isDraft,internetMessageId,sentDateTime,subject,toRecipients"

    /// The messages of the whole mailbox that carry a key, drafts and sent ones.
    package func find(key: String, in mailbox: String, deadline: ContinuousClock.Instant) async throws -> [MailTrace] {
        try await traces(in: mailbox, folder: nil, filter: MailKey.filter(key), deadline)
    }

    /// Where a mail is.
    func location(
        of trace: MailTrace,
        key: String,
        in mailbox: String,
        deadline: ContinuousClock.Instant
    ) async throws -> DraftSend.Location {
        let byMessageID = "internetMessageId eq \(URLText.literal(trace.internetMessageID))"
        let sent = try await traces(in: mailbox, folder: "sentitems", filter: byMessageID, deadline)
        if let copy = sent.first(where: { !$0.isDraft }) { return .inSentItems(copy) }
        if let same = try await message(trace.id, in: mailbox, deadline) {
            return same.isDraft ? .stillDraft : .onItsWay(same)
        }
        // The id may have changed when the draft was sent; the key has not.
        let marked = try await find(key: key, in: mailbox, deadline: deadline)
        if let copy = marked.first(where: { !$0.isDraft }) { return .onItsWay(copy) }
        return marked.isEmpty ? .nowhere : .stillDraft
    }

    private func message(
        _ id: String,
        in mailbox: String,
        _ deadline: ContinuousClock.Instant
    ) async throws -> MailTrace? {
        let response = try await connection.perform(
            .get("\(Self.path(mailbox, id))?$select=\(Self.traceMembers)"),
            mailbox: mailbox,
            deadline: deadline,
            operation: "look at a message in \(mailbox)"
        )
        switch response.status {
        case 200: return try Self.trace(try Self.object(response, "the message"), "the message")
        case 404: return nil
        default:
            let error = MailError(response, during: "look at a message in \(mailbox)")
            // An id of another kind or of a moved message may count as malformed.
            if error.code == .notFound { return nil }
            throw error
        }
    }

    private func traces(
        in mailbox: String,
        folder: String?,
        filter: String,
        _ deadline: ContinuousClock.Instant
    ) async throws -> [MailTrace] {
        let place = folder.map { "/mailFolders/\($0)" } ?? ""
        let path =
            "/users/\(PercentCoding.encode(mailbox))\(place)/messages"
            + "?$filter=\(PercentCoding.encode(filter))&$select=\(Self.traceMembers)&$top=20"
        return try await elements(
            of: path,
            "messages",
            in: mailbox,
            deadline,
            operation: "look for the mail in \(mailbox)"
        ).map { try Self.trace($0, "a message") }
    }

    /// Finds out whether a mail went out whose sending was asked for and then interrupted.
    ///
    /// Looks for `draftWindow`, or as long as the deadline allows, but not less than five seconds.
    /// - Parameter verify: whether to compare the attachments of the copy in Sent Items.
    /// - Returns: the mail when it was sent; nil when it was not.
    /// - Throws: `MailError` with `unknownOutcome` when nobody can say, or the copy differs.
    package func resolve(
        _ mail: OutgoingMail,
        mode: SentMail.Mode = .draft,
        verify: Bool = true,
        deadline: ContinuousClock.Instant
    ) async throws -> SentMail? {
        let left = deadline - environment.now() - .seconds(1)
        let window = min(settings.draftWindow, max(left, min(settings.draftWindow, Self.shortestWindow)))
        var waited = Duration.zero
        var pause = Duration.seconds(1)
        while true {
            let found = try await marked(mail, mode, deadline)
            if let trace = found.first(where: { !$0.isDraft }) {
                let sent = try await sentCopy(trace, of: mail, mode: mode, deadline: deadline)
                if verify, sent.proof == .inSentItems {
                    try await compareAttachments(of: sent, with: mail, deadline: deadline)
                }
                return sent
            }
            if waited >= window {
                // A draft that stays one was not sent. Where there is none any more, its copy may be late.
                if mode == .draft, !found.isEmpty { return nil }
                throw Self.undecided(mail.key, mail.mailbox)
            }
            pause = min(pause, window - waited)
            guard environment.now() + pause < deadline else { throw Self.undecided(mail.key, mail.mailbox) }
            try await environment.sleep(pause)
            waited += pause
            pause = min(pause * 2, .seconds(8))
        }
    }

    private func marked(
        _ mail: OutgoingMail,
        _ mode: SentMail.Mode,
        _ deadline: ContinuousClock.Instant
    ) async throws -> [MailTrace] {
        do {
            return try await find(key: mail.key, in: mail.mailbox, deadline: deadline)
        } catch let error as MailError where error.code == .permission && mode == .direct {
            throw Self.unreadable(mail)
        }
    }

    private func sentCopy(
        _ sent: MailTrace,
        of mail: OutgoingMail,
        mode: SentMail.Mode,
        deadline: ContinuousClock.Instant
    ) async throws -> SentMail {
        let location = try await location(of: sent, key: mail.key, in: mail.mailbox, deadline: deadline)
        guard case .inSentItems(let copy) = location else {
            return SentMail(trace: sent, mode: mode, proof: .accepted, wasAlreadySent: true)
        }
        return SentMail(trace: copy, mode: mode, proof: .inSentItems, wasAlreadySent: true)
    }

    private static func undecided(_ key: String, _ mailbox: String) -> MailError {
        MailError(
            .unknownOutcome,
            "No mail with the key \(key) was found as sent in \(mailbox), but it may still be on its way. Look into Sent Items "
                + "and the receiver's mailbox."
        )
    }
}
