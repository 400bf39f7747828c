import JSON
import JobModel
import MailModel
import Telemetry

/// The mail executor at work for one job; docs/scenarios.md lists the members of each action.
struct MailSession: ExecutorSession {
    let desk: MailDesk
    let job: JobContext

    func execute(_ step: Step) async throws -> StepOutcome {
        let provider = try configured()
        do {
            switch step.task.action {
            case .sendMail, .replyMail, .forwardMail: return try await send(step, provider)
            case .readMail: return try await read(step, provider)
            case .searchMail: return try await search(step, provider)
            case .waitForMail: return try await wait(step, provider)
            case .downloadAttachments: return try await download(step, provider)
            case .listMailFolders: return try await listFolders(step, provider)
            case .traceMail: return try await trace(step, provider)
            case .markMail: return try await mark(step, provider)
            case .moveMail, .deleteMail: return try await move(step, provider)
            default: preconditionFailure("Cannot do '\(step.task.action.rawValue)' with mail: the registry never asks")
            }
        } catch let error as MailError {
            throw StepFailure(error)
        }
    }

    func verify(_ step: Step) async throws -> Verification {
        let provider = try configured()
        do {
            switch step.task.action {
            case .sendMail, .replyMail, .forwardMail:
                let order = try await order(step)
                let sent = try await provider.resolve(
                    order.mail,
                    mode: order.mode,
                    verify: order.verifiesSentItems,
                    deadline: step.deadline
                )
                return sent.map { .happened(order.outcome(of: $0)) } ?? .didNotHappen
            case .markMail: return try await isMarked(step, provider)
            case .moveMail, .deleteMail: return try await isMoved(step, provider)
            default: return .didNotHappen
            }
        } catch let error as MailError {
            if error.code == .unknownOutcome { return .unknown(error.message) }
            throw StepFailure(error)
        }
    }

    func close() {}

    private func configured() throws -> any MailProvider {
        guard let provider = desk.provider else {
            throw StepFailure(
                reason: .mailAuthentication,
                message: "Mail is not configured on this worker: set CPA_GRAPH_TENANT, CPA_GRAPH_CLIENT_ID and "
                    + "CPA_GRAPH_CLIENT_SECRET; cpa doctor says what is missing.",
                isRetryable: false
            )
        }
        return provider
    }

    // MARK: Sending

    private func order(_ step: Step) async throws -> MailOrder {
        try await MailOrder(step, desk: desk, job: job)
    }

    private func send(_ step: Step, _ provider: any MailProvider) async throws -> StepOutcome {
        let order = try await order(step)
        // The receivers of an answer are known only once its draft is made, and looked at then; so is what is passed on.
        if !order.mail.isReply { try await desk.check(order.facts(job)) }
        let sent = try await provider.send(
            order.mail,
            mode: order.mode,
            verify: order.verifiesSentItems,
            deadline: step.deadline,
            willSend: step.willAct
        )
        return order.outcome(of: sent)
    }

    // MARK: Changing

    private func mark(_ step: Step, _ provider: any MailProvider) async throws -> StepOutcome {
        let (id, mailbox) = try message(step)
        let isRead = try isRead(step)
        try await provider.mark(id, isRead: isRead, in: mailbox, deadline: step.deadline)
        return marked(id, isRead, mailbox)
    }

    private func isMarked(_ step: Step, _ provider: any MailProvider) async throws -> Verification {
        let (id, mailbox) = try message(step)
        let isRead = try isRead(step)
        let mail = try await provider.message(id, in: mailbox, deadline: step.deadline)
        return mail.isRead == isRead ? .happened(marked(id, isRead, mailbox)) : .didNotHappen
    }

    private func isRead(_ step: Step) throws -> Bool { try step.task.optionalString("as") != "unread" }

    private func marked(_ id: String, _ isRead: Bool, _ mailbox: String) -> StepOutcome {
        StepOutcome(
            outputs: ["message_id": .string(id), "is_read": .bool(isRead)],
            touched: "a mail of \(mailbox), now \(isRead ? "read" : "unread")"
        )
    }

    private func move(_ step: Step, _ provider: any MailProvider) async throws -> StepOutcome {
        let (id, mailbox) = try message(step)
        let folder = try target(step)
        let new = try await provider.move(id, to: folder, in: mailbox, deadline: step.deadline)
        return moved(new, folder, mailbox)
    }

    private func isMoved(_ step: Step, _ provider: any MailProvider) async throws -> Verification {
        let (id, mailbox) = try message(step)
        let folder = try target(step)
        switch try await provider.isMessage(id, in: folder, of: mailbox, deadline: step.deadline) {
        case true?: return .happened(moved(id, folder, mailbox))
        case false?: return .didNotHappen
        case nil: return .unknown("The mail is not where it was in \(mailbox), and not in \(folder) by its old id.")
        }
    }

    private func target(_ step: Step) throws -> FolderReference {
        if step.task.action == .deleteMail { return .purpose(.trash) }
        guard let folder = try step.task.folder("folder") else { throw step.task.invalid("needs 'folder'") }
        return folder
    }

    private func moved(_ id: String, _ folder: FolderReference, _ mailbox: String) -> StepOutcome {
        StepOutcome(
            outputs: ["message_id": .string(id), "folder": .string("\(folder)")],
            touched: "a mail of \(mailbox), now in \(folder)"
        )
    }

    /// The mail a task is about.
    func message(_ step: Step) throws -> (id: String, mailbox: String) {
        (try step.task.messageID(), try step.task.mailbox(desk.sender))
    }
}
