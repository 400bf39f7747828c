import FoundationEssentials
import JSON
import JobModel
import MailModel

extension MailSession {
    private static let defaultLimit = 50 << 20

    func read(_ step: Step, _ provider: any MailProvider) async throws -> StepOutcome {
        let (id, mailbox) = try message(step)
        let mail = try await provider.message(id, in: mailbox, deadline: step.deadline)
        var artifacts: [Artifact] = []
        if try step.task.flag("attachments"), mail.hasAttachments {
            artifacts = try await keep(of: id, in: mailbox, step, provider) { !$0.isInline }
        }
        var outputs = mail.outputs
        outputs["text"] = .string(mail.body)
        outputs["html"] = mail.html.map { .string($0) } ?? .null
        outputs["links"] = .array(mail.links.map { ["url": .string($0.url), "text": .string($0.text)] })
        outputs["attachments"] = .array(artifacts.map(\.summary))
        return StepOutcome(
            outputs: outputs,
            artifacts: artifacts,
            touched: "mail from \(mail.from.isEmpty ? mailbox : mail.from) \"\(mail.subject)\""
        )
    }

    func download(_ step: Step, _ provider: any MailProvider) async throws -> StepOutcome {
        let (id, mailbox) = try message(step)
        let patterns = try step.task.texts("names")
        let artifacts = try await keep(of: id, in: mailbox, step, provider) { attachment in
            guard let patterns else { return !attachment.isInline }
            return patterns.contains { NamePattern($0).matches(attachment.name) }
        }
        guard !artifacts.isEmpty || patterns == nil else {
            let names = try await provider.attachments(of: id, in: mailbox, deadline: step.deadline).map(\.name)
            throw StepFailure(
                reason: .artifactMissing,
                message: "The mail has no attachment that 'names' asks for; it has "
                    + (names.isEmpty ? "none" : names.prefix(20).joined(separator: ", ")) + ".",
                isRetryable: false
            )
        }
        let bytes = artifacts.reduce(0) { $0 + $1.bytes }
        return StepOutcome(
            outputs: ["attachments": .array(artifacts.map(\.summary)), "count": .init(artifacts.count)],
            artifacts: artifacts,
            touched: "\(artifacts.count) attachment\(artifacts.count == 1 ? "" : "s") (\(ByteCount.text(bytes)))"
        )
    }

    /// Brings attachments into the job's files, one after the other, from disk to disk.
    private func keep(
        of message: String,
        in mailbox: String,
        _ step: Step,
        _ provider: any MailProvider,
        where isWanted: (ReceivedAttachment) -> Bool
    ) async throws -> [Artifact] {
        let limit = try step.task.optionalCount("max_bytes") ?? Self.defaultLimit
        let all = try await provider.attachments(of: message, in: mailbox, deadline: step.deadline)
        var artifacts: [Artifact] = []
        for attachment in all where attachment.hasContent && isWanted(attachment) {
            let path = FileManager.default.temporaryDirectory.appending(path: "cpa-mail-\(UUID().uuidString)").path
            defer { try? FileManager.default.removeItem(atPath: path) }
            try await provider.download(
                attachment,
                of: message,
                in: mailbox,
                to: path,
                limit: limit,
                deadline: step.deadline
            )
            let name = ArtifactName.sanitized(attachment.name)
            artifacts.append(try await job.workspace.adopt(path: path, name: name, contentType: attachment.contentType))
        }
        return artifacts
    }

    func search(_ step: Step, _ provider: any MailProvider) async throws -> StepOutcome {
        let task = step.task
        let mailbox = try task.mailbox(desk.sender)
        let search = try task.filledString("query")
        let folder = try task.folder("folder")
        let takesAll = search != nil && provider.searchesAllFolders
        let query = MailQuery(
            folder: folder ?? (takesAll ? nil : .purpose(.inbox)),
            limit: try task.optionalCount("limit") ?? 10,
            unreadOnly: try task.flag("unread"),
            since: try task.time("since"),
            until: try task.time("until"),
            from: try task.filledString("from").map { try task.mailAddress($0, "from").address },
            to: try task.filledString("to").map { try task.mailAddress($0, "to").address },
            subject: try task.filledString("subject"),
            hasAttachments: try task.flag("has_attachments") ? true : nil,
            search: search
        )
        let list = try await provider.messages(in: mailbox, matching: query, deadline: step.deadline)
        let place = query.folder.map { "\($0)" } ?? "all folders"
        return StepOutcome(
            outputs: [
                "messages": .array(list.mails.map { .object($0.outputs) }), "count": .init(list.mails.count),
                "complete": .bool(list.isComplete),
            ],
            touched: "\(list.mails.count) mail\(list.mails.count == 1 ? "" : "s") in \(place) of \(mailbox)"
        )
    }

    func listFolders(_ step: Step, _ provider: any MailProvider) async throws -> StepOutcome {
        let mailbox = try step.task.mailbox(desk.sender)
        let below = try step.task.folder("below")
        let folders = try await provider.folders(of: mailbox, below: below, deadline: step.deadline)
        return StepOutcome(
            outputs: [
                "folders": .array(
                    folders.map {
                        [
                            "id": .string($0.id), "name": .string($0.name), "total": .init($0.total),
                            "unread": .init($0.unread), "children": .init($0.children),
                        ]
                    }
                ), "count": .init(folders.count),
            ],
            touched: "\(folders.count) folders of \(mailbox)"
        )
    }
}

extension ReceivedMail {
    /// What every reading action says about a mail.
    var outputs: JSONObject {
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
