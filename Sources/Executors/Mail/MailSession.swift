import JSON
import JobModel
import MicrosoftGraph
import Telemetry

/// The mail executor at work for one job.
///
/// Members of the tasks: `send_mail`: `to`, `cc`, `bcc`, `reply_to`, `subject`, `text` or `html`, `attachments`, `importance`,
/// `mailbox`, `mode`, `verify_sent`; `read_mail`: `message_id`, `mailbox`, `attachments`; `search_mail`: `folder`, `from`,
/// `subject`, `query`, `since`, `unread`, `has_attachments`, `limit`, `mailbox`.
struct MailSession: ExecutorSession {
    let client: MailClient?
    let sender: String?
    let job: JobContext

    func execute(_ step: Step) async throws -> StepOutcome {
        let client = try configured()
        do {
            switch step.task.action {
            case .sendMail: return try await send(step, client)
            case .readMail: return try await read(step, client)
            case .searchMail: return try await search(step, client)
            default: preconditionFailure("Cannot do '\(step.task.action.rawValue)' with mail: the registry never asks")
            }
        } catch let error as GraphError {
            throw StepFailure(error)
        }
    }

    func verify(_ step: Step) async throws -> Verification {
        guard step.task.action == .sendMail else { return .didNotHappen }
        let client = try configured()
        let order = try await MailOrder(step, sender: sender, workspace: job.workspace)
        do {
            let sent = try await client.resolve(
                order.mail,
                mode: order.mode,
                verify: order.verifiesSentItems,
                deadline: step.deadline
            )
            return sent.map { .happened(order.outcome(of: $0)) } ?? .didNotHappen
        } catch let error as GraphError {
            if error.code == .unknownOutcome { return .unknown(error.message) }
            throw StepFailure(error)
        }
    }

    func close() {}

    private func configured() throws -> MailClient {
        guard let client else {
            throw StepFailure(
                reason: .mailAuthentication,
                message: "Mail is not configured on this worker: set CPA_GRAPH_TENANT, CPA_GRAPH_CLIENT_ID and "
                    + "CPA_GRAPH_CLIENT_SECRET.",
                isRetryable: false
            )
        }
        return client
    }

    // MARK: Doing

    private func send(_ step: Step, _ client: MailClient) async throws -> StepOutcome {
        let order = try await MailOrder(step, sender: sender, workspace: job.workspace)
        let sent = try await client.send(
            order.mail,
            mode: order.mode,
            verify: order.verifiesSentItems,
            deadline: step.deadline
        )
        return order.outcome(of: sent)
    }

    private func read(_ step: Step, _ client: MailClient) async throws -> StepOutcome {
        let mailbox = try step.task.mailbox(sender)
        let id = try step.task.requiredString("message_id")
        let mail = try await client.message(id, in: mailbox, deadline: step.deadline)
        var artifacts: [Artifact] = []
        if try step.task.flag("attachments"), mail.hasAttachments {
            for file in try await client.files(of: id, in: mailbox, deadline: step.deadline) {
                let name = ArtifactName.sanitized(file.name)
                artifacts.append(try await job.workspace.store(file.bytes, name: name, contentType: file.contentType))
            }
        }
        var outputs = mail.outputs
        outputs["text"] = .string(mail.body)
        outputs["attachments"] = .array(artifacts.map(\.summary))
        return StepOutcome(
            outputs: outputs,
            artifacts: artifacts,
            touched: "mail from \(mail.from.isEmpty ? mailbox : mail.from) \"\(mail.subject)\""
        )
    }

    private func search(_ step: Step, _ client: MailClient) async throws -> StepOutcome {
        let task = step.task
        let mailbox = try task.mailbox(sender)
        let limit = try task.optionalCount("limit") ?? 10
        let folder = try task.optionalString("folder") ?? "inbox"
        let mails: [ReceivedMail]
        if let query = try task.optionalString("query") {
            mails = try await client.search(query, in: mailbox, limit: limit, deadline: step.deadline)
        } else {
            let query = MailQuery(
                folder: folder,
                limit: limit,
                unreadOnly: try task.flag("unread"),
                since: try task.time("since"),
                from: try task.optionalString("from").map { try task.mailAddress($0, "from").address },
                subject: try task.optionalString("subject"),
                hasAttachments: try task.flag("has_attachments") ? true : nil
            )
            mails = try await client.messages(in: mailbox, matching: query, deadline: step.deadline)
        }
        return StepOutcome(
            outputs: ["messages": .array(mails.map { .object($0.outputs) }), "count": .init(mails.count)],
            touched: "\(mails.count) mail\(mails.count == 1 ? "" : "s") in \(folder) of \(mailbox)"
        )
    }
}

extension ReceivedMail {
    fileprivate var outputs: JSONObject {
        [
            "message_id": .string(id),
            "internet_message_id": .string(internetMessageID),
            "subject": .string(subject),
            "from": .string(from),
            "to": .array(to.map { .string($0) }),
            "cc": .array(cc.map { .string($0) }),
            "received": .string(received),
            "is_read": .bool(isRead),
            "has_attachments": .bool(hasAttachments),
        ]
    }
}
