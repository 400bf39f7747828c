import HTTPClient
import MailModel
import Telemetry

/// One mail on its way by SMTP; `RelaySend` decides, this performs.
struct Relay: Sendable {
    let client: InternetMailClient
    let mail: OutgoingMail
    /// The message on disk.
    let path: String
    let deadline: ContinuousClock.Instant

    private var messageID: String { InternetMailClient.messageID(of: mail) }
    private var store: MailStore { client.store(mail.mailbox, deadline) }

    func run(verify: Bool, _ willSend: @Sendable () async throws -> Void) async throws -> SentMail {
        let trace = MailTrace(id: "", internetMessageID: messageID, isDraft: false, to: mail.to.map(\.address))
        var machine = RelaySend(
            trace,
            hasStore: client.settings.storeURL != nil,
            window: client.settings.resolveWindow
        )
        var failure: MailError?
        var action = machine.start()
        while true {
            try Task.checkCancellation()
            switch action {
            case .finish(let trace, let proof, let wasAlreadySent):
                if verify, proof == .inSentItems { try await compare(trace) }
                let mode: SentMail.Mode = client.settings.storeURL == nil ? .direct : .draft
                return SentMail(trace: trace, mode: mode, proof: proof, wasAlreadySent: wasAlreadySent)
            case .fail(.undecided): throw client.undecided(mail)
            case .fail(.notSent): throw failure ?? MailError(.unavailable, "The mail of \(mail.mailbox) was not sent.")
            case .submit:
                try await willSend()
                do {
                    try await submit()
                    action = machine.handle(.accepted)
                } catch let error as MailError {
                    failure = error
                    action = machine.handle(error.code == .unknownOutcome ? .unknown : .notSent)
                }
            default: action = machine.handle(try await perform(action))
            }
        }
    }

    private func perform(_ action: RelaySend.Action) async throws -> RelaySend.Event {
        switch action {
        case .look:
            return .looked(try await look())
        case .saveDraft:
            try await store.append(path, to: try await store.name(of: .purpose(.drafts)))
            return .saved
        case .file:
            return await file()
        case .discardDraft:
            do {
                try await discardDraft()
            } catch let error as MailError {
                client.environment.logger.warning(
                    "The mark of a mail that was not sent stays",
                    ["cause": error.message]
                )
            }
            return .discarded
        case .wait(let pause):
            guard client.environment.now() + pause < deadline else { return .outOfTime }
            try await client.environment.sleep(pause)
            return .waited
        case .submit, .finish, .fail:
            preconditionFailure("Cannot perform \(action) here")
        }
    }

    /// What lies in the mailbox with the mail's Message-ID.
    func look() async throws -> RelaySend.Findings {
        let sent = try await store.name(of: .purpose(.sent))
        if let uid = try await store.find(messageID: messageID, in: sent).last {
            return RelaySend.Findings(sent: trace(uid, sent))
        }
        let drafts = try await store.name(of: .purpose(.drafts))
        return RelaySend.Findings(hasDraft: try await !store.find(messageID: messageID, in: drafts).isEmpty)
    }

    private func trace(_ uid: UInt32, _ folder: String) -> MailTrace {
        MailTrace(
            id: MailStore.Place(uid: uid, folder: folder).id,
            internetMessageID: messageID,
            isDraft: false,
            to: mail.to.map(\.address),
            subject: mail.subject
        )
    }

    private func submit() async throws {
        try await client.submit(
            .submit(from: try mail.sender(), receivers: mail.receivers, message: path),
            during: "sending",
            of: mail.mailbox,
            deadline
        )
    }

    /// The mail is out: whatever fails here changes nothing about that.
    private func file() async -> RelaySend.Event {
        do {
            let sent = try await store.name(of: .purpose(.sent))
            let drafts = try await store.name(of: .purpose(.drafts))
            if try await store.find(messageID: messageID, in: sent).isEmpty {
                for uid in try await store.find(messageID: messageID, in: drafts).prefix(1) {
                    try await store.move(uid, from: drafts, to: sent)
                }
            } else {
                // The server has filed it by itself.
                try await discardDraft()
            }
            guard let uid = try await store.find(messageID: messageID, in: sent).last else { return .notFiled }
            return .filed(trace(uid, sent))
        } catch {
            client.environment.logger.warning("A sent mail could not be filed", ["cause": "\(error)"])
            return .notFiled
        }
    }

    private func discardDraft() async throws {
        let drafts = try await store.name(of: .purpose(.drafts))
        for uid in try await store.find(messageID: messageID, in: drafts) { try await store.delete(uid, in: drafts) }
    }

    /// Holds the sent copy's attachments against what was to be sent.
    private func compare(_ trace: MailTrace) async throws {
        guard !mail.attachments.isEmpty, let place = MailStore.Place(trace.id) else { return }
        let present: Set<String>
        do {
            present = try await client.hashes(of: place, in: mail.mailbox, deadline)
        } catch let error as MailError {
            throw MailError(
                .unknownOutcome,
                "The mail \(messageID) was sent, but its copy could not be checked: \(error.message)"
            )
        }
        for attachment in mail.attachments where !present.contains(attachment.sha256) {
            throw MailError(
                .unknownOutcome,
                "The mail \(messageID) was sent, but its copy among the sent mails of \(mail.mailbox) has no attachment "
                    + "\(attachment.name) with SHA-256 \(attachment.sha256). Look at it before doing more."
            )
        }
    }
}
