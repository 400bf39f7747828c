import Cryptography
import HTTPClient
import JSON
import MailModel
import Telemetry

extension MailClient {
    /// Sends by draft, attachments, send; `DraftSend` decides, this performs.
    func sendByDraft(
        _ mail: OutgoingMail,
        verify: Bool,
        deadline: ContinuousClock.Instant,
        _ willSend: @Sendable () async throws -> Void
    ) async throws -> SentMail {
        var machine = DraftSend(
            wanted: mail.attachments.map { DraftSend.Wanted(name: $0.name, sha256: $0.sha256) },
            keepsOthers: mail.basis != nil,
            verify: verify,
            window: settings.resolveWindow,
            draftWindow: settings.draftWindow
        )
        var action = machine.start()
        while true {
            try Task.checkCancellation()
            switch action {
            case .finish(let trace, let proof, let wasAlreadySent):
                return SentMail(trace: trace, mode: .draft, proof: proof, wasAlreadySent: wasAlreadySent)
            case .fail(let failure):
                throw Self.error(failure, mail)
            default:
                if case .send = action { try await willSend() }
                do {
                    action = machine.handle(try await perform(action, mail, deadline))
                } catch let error as MailError where error.isRefusal {
                    if let draft = machine.refused() { await discard(draft, mail, deadline) }
                    throw error
                }
            }
        }
    }

    /// Takes away the draft of a mail that was refused, so that nobody finds it among the drafts and sends it by hand.
    private func discard(_ draft: String, _ mail: OutgoingMail, _ deadline: ContinuousClock.Instant) async {
        do {
            _ = try await deleteDraft(draft, mail, deadline)
        } catch {
            environment.logger.warning("The draft of a refused mail stays where it is", ["cause": "\(error)"])
        }
    }

    private func perform(
        _ action: DraftSend.Action,
        _ mail: OutgoingMail,
        _ deadline: ContinuousClock.Instant
    ) async throws -> DraftSend.Event {
        switch action {
        case .look:
            return .looked(try await find(key: mail.key, in: mail.mailbox, deadline: deadline))
        case .createDraft:
            return try await createDraft(mail, deadline)
        case .delete(let draft):
            return try await deleteDraft(draft, mail, deadline)
        case .listAttachments(let draft):
            guard let traces = try await attachments(of: draft, in: mail.mailbox, deadline) else { return .draftGone }
            return .attachments(traces)
        case .detach(let draft, let attachment):
            return try await detach(attachment, from: draft, mail, deadline)
        case .attach(let draft, let index):
            return try await attach(mail.attachments[index], to: draft, in: mail.mailbox, deadline)
        case .send(let draft):
            return try await submit(draft, mail, deadline)
        case .wait(let pause):
            guard environment.now() + pause < deadline else { return .outOfTime }
            try await environment.sleep(pause)
            return .waited
        case .locate(let trace):
            return try await locate(trace, mail, deadline)
        case .finish, .fail:
            preconditionFailure("Cannot perform \(action): it ends the sending")
        }
    }

    private func createDraft(_ mail: OutgoingMail, _ deadline: ContinuousClock.Instant) async throws -> DraftSend.Event
    {
        if let basis = mail.basis { return try await createDraft(mail, about: basis, deadline) }
        let response: HTTPClientResponse
        do {
            response = try await connection.perform(
                .post("/users/\(PercentCoding.encode(mail.mailbox))/messages", mail.message, mayRepeat: false),
                mailbox: mail.mailbox,
                deadline: deadline,
                operation: "create a draft in \(mail.mailbox)"
            )
        } catch let error as MailError where error.code == .unknownOutcome {
            return .creationUnknown
        }
        guard response.status == 201 else {
            throw MailError(response, during: "create a draft in \(mail.mailbox)")
        }
        return .created(try Self.trace(try Self.object(response, "the draft"), "the draft"))
    }

    private func deleteDraft(
        _ draft: String,
        _ mail: OutgoingMail,
        _ deadline: ContinuousClock.Instant
    ) async throws -> DraftSend.Event {
        let path = "\(Self.path(mail.mailbox, draft))"
        let response = try await connection.perform(
            .delete(path),
            mailbox: mail.mailbox,
            deadline: deadline,
            operation: "delete a draft"
        )
        guard response.status == 204 || response.status == 404 else {
            throw MailError(response, during: "delete a draft in \(mail.mailbox)")
        }
        return .deleted
    }

    private func submit(
        _ draft: String,
        _ mail: OutgoingMail,
        _ deadline: ContinuousClock.Instant
    ) async throws -> DraftSend.Event {
        let request = GraphRequest(
            method: "POST",
            path: "\(Self.path(mail.mailbox, draft))/send",
            // No body, but a length of 0: the service insists.
            body: .bytes([]),
            mayRepeat: false
        )
        do {
            let response = try await connection.perform(
                request,
                mailbox: mail.mailbox,
                deadline: deadline,
                operation: "send the draft from \(mail.mailbox)"
            )
            switch response.status {
            // A Retry-After beside it changes nothing: 202 is taken.
            case 202: return .accepted
            case 404: return .draftGone
            case 200..<300: return .sendUnknown
            default: throw MailError(response, during: "send the draft from \(mail.mailbox)")
            }
        } catch let error as MailError where error.code == .unknownOutcome {
            environment.logger.warning("The answer to a send was lost; looking for the mail", ["cause": error.message])
            return .sendUnknown
        }
    }

    private func locate(
        _ trace: MailTrace,
        _ mail: OutgoingMail,
        _ deadline: ContinuousClock.Instant
    ) async throws -> DraftSend.Event {
        do {
            return .located(try await location(of: trace, key: mail.key, in: mail.mailbox, deadline: deadline))
        } catch let error as MailError {
            // The question about the mail failed, not the mail: it is asked again, and at the end what is known decides.
            environment.logger.warning("A mail that was sent cannot be looked up", ["cause": error.message])
            let mayPass = error.code == .unavailable || error.code == .malformedAnswer
            return mayPass ? .located(.unclear) : .outOfTime
        }
    }

    private static func error(_ failure: DraftSend.Failure, _ mail: OutgoingMail) -> MailError {
        switch failure {
        case .sentTwice(let traces):
            MailError(
                .unknownOutcome,
                "Several sent mails in \(mail.mailbox) carry the key \(mail.key): "
                    + traces.map(\.internetMessageID).joined(separator: ", ")
                    + ". Nothing was sent now; look at them in Sent Items."
            )
        case .vanished(let trace):
            MailError(
                .unknownOutcome,
                "The answer to sending was lost, and the mail was not found as sent in time "
                    + "(message id \(trace.internetMessageID), draft \(trace.id)). Look into Sent Items of \(mail.mailbox) "
                    + "before sending it again."
            )
        case .notAccepted(let trace):
            MailError(
                .unavailable,
                "The draft \(trace.internetMessageID) in \(mail.mailbox) stayed a draft although the service was asked to send it: "
                    + "try again later."
            )
        case .undecided(let trace):
            MailError(
                .unknownOutcome,
                "The service took the mail \(trace.internetMessageID), and it still lay among the drafts of \(mail.mailbox) when "
                    + "the time was over. Look into Sent Items before sending it again, or give the step more time."
            )
        case .noDraft:
            MailError(
                .unavailable,
                "A draft in \(mail.mailbox) could not be made or kept: does something else delete drafts there? Try again."
            )
        case .attachmentsLost(let trace):
            MailError(
                .unavailable,
                "The attachments could not be put on draft \(trace.internetMessageID) in \(mail.mailbox): try again."
            )
        }
    }
}
