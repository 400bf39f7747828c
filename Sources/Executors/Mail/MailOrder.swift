import Cryptography
import JSON
import JobModel
import MailModel

/// A `send_mail`, `reply_mail` or `forward_mail` task, read and checked.
struct MailOrder: Sendable {
    let mail: OutgoingMail
    let mode: SentMail.Mode
    /// Whether the copy in Sent Items is awaited and compared.
    let verifiesSentItems: Bool

    /// Reads the members of the task and finds its attachments.
    ///
    /// - Throws: `StepFailure` with `invalid_input` or `artifact_missing`.
    init(_ step: Step, desk: MailDesk, job: JobContext) async throws {
        let task = step.task
        let basis = try task.mailBasis()
        let to = try task.addresses("to")
        if case .reply? = basis {} else if to.isEmpty { throw task.invalid("needs at least one address in 'to'") }
        let html = try task.plainText("html")
        let text = try task.text ?? task.plainText("text")
        guard html == nil || text == nil else { throw task.invalid("has both 'text' and 'html'; give one") }
        let inline = try await Self.inline(task, html: html, in: job.workspace)
        var mail = OutgoingMail(
            key: Self.key(of: step.key, run: job.run),
            mailbox: try task.mailbox(desk.sender),
            to: to,
            cc: try task.addresses("cc"),
            bcc: try task.addresses("bcc"),
            replyTo: try task.addresses("reply_to"),
            subject: try task.subject(),
            body: html ?? text ?? "",
            bodyType: html == nil ? .text : .html,
            importance: try task.word("importance") ?? .normal,
            headers: try task.mailHeaders(),
            attachments: try await Self.attachments(task, in: job.workspace) + inline,
            basis: basis
        )
        if mail.basis != nil {
            let facts = Self.facts(mail, job)
            mail.objection = { await desk.objection(to: facts.completed(by: $0)) }
        }
        self.mail = mail
        mode = try task.word("mode") ?? .draft
        verifiesSentItems = task.fields["verify_sent"]?.bool ?? true
    }

    /// The same for every try of a step in one run, and for nothing else; plain enough for a mail header.
    ///
    /// Of the first run it is what it was before there were others: a job may be under way while cpa is replaced.
    static func key(of key: JournalKey, run: Int) -> String {
        let text = "\(key.job)/\(key.step)/\(key.iteration)\(run == 0 ? "" : ".\(run)")"
        let isPlain = text.utf8.count <= 200 && text.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value < 0x7F }
        return isPlain ? text : SHA256.digest(of: text).hex
    }

    /// What guards look at.
    func facts(_ job: JobContext) -> MailFacts { Self.facts(mail, job) }

    private static func facts(_ mail: OutgoingMail, _ job: JobContext) -> MailFacts {
        MailFacts(
            tenant: job.tenant.rawValue,
            job: job.job.rawValue,
            mailbox: mail.mailbox,
            receivers: mail.receivers,
            names: mail.names,
            subject: mail.subject,
            body: mail.plainBody,
            headers: mail.headers.map(\.value),
            attachmentNames: mail.attachments.map(\.name),
            bytes: mail.attachments.reduce(mail.body.utf8.count) { $0 + $1.bytes }
        )
    }

    // MARK: Files

    private static func attachments(
        _ task: ToDo,
        in workspace: any ArtifactWorkspace
    ) async throws -> [OutgoingAttachment] {
        var attachments: [OutgoingAttachment] = []
        for name in try task.texts("attachments") ?? [] {
            attachments.append(try await attachment(name, contentID: nil, in: workspace))
        }
        return attachments
    }

    /// Images the HTML shows: each must be shown, and each that is shown must be there.
    private static func inline(
        _ task: ToDo,
        html: String?,
        in workspace: any ArtifactWorkspace
    ) async throws -> [OutgoingAttachment] {
        let names = try task.textMap("inline")
        for (contentID, _) in names {
            guard contentID.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"<>\"'".utf8.contains($0) }),
                !contentID.isEmpty
            else { throw task.invalid("has a name in 'inline' that is no plain word: \(contentID.prefix(40))") }
            guard html?.contains("cid:\(contentID)") == true else {
                throw task.invalid("has '\(contentID)' in 'inline', but 'html' does not show it by cid:\(contentID)")
            }
        }
        for contentID in ContentID.shown(in: html ?? "") where !names.contains(where: { $0.0 == contentID }) {
            throw task.invalid("shows cid:\(contentID) in 'html', but 'inline' names no artifact for it")
        }
        var attachments: [OutgoingAttachment] = []
        for (contentID, name) in names {
            attachments.append(try await attachment(name, contentID: contentID, in: workspace))
        }
        return attachments
    }

    private static func attachment(
        _ name: String,
        contentID: String?,
        in workspace: any ArtifactWorkspace
    ) async throws -> OutgoingAttachment {
        // The path first: it fails with the names there are, and fetches what another worker made.
        let path = try await workspace.path(of: name)
        guard let artifact = await workspace.list().first(where: { $0.name == name }) else {
            throw StepFailure(
                reason: .artifactMissing,
                message: "There is no artifact '\(name)' to attach.",
                isRetryable: false
            )
        }
        return OutgoingAttachment(
            path: path,
            name: artifact.name,
            contentType: artifact.contentType,
            bytes: artifact.bytes,
            sha256: artifact.sha256,
            contentID: contentID
        )
    }

    // MARK: Outcome

    /// What the step says about a mail that is out.
    func outcome(of sent: SentMail) -> StepOutcome {
        let to = mail.to.isEmpty ? sent.trace.to : mail.to.map(\.address)
        let subject = mail.subject.isEmpty ? sent.trace.subject : mail.subject
        let bytes = mail.attachments.reduce(0) { $0 + $1.bytes }
        var outputs: JSONObject = [
            "message_id": Self.known(sent.trace.id),
            "internet_message_id": Self.known(sent.trace.internetMessageID),
            "mode": .string(sent.mode.rawValue),
            "proof": .string(sent.proof.rawValue),
            "already_sent": .bool(sent.wasAlreadySent),
            "looked_up": .bool(sent.wasLookedUp),
            "to": .array(to.map { .string($0) }),
            "subject": .string(subject),
            "bytes": .init(bytes),
            "attachments": .array(
                mail.attachments.map {
                    ["name": .string($0.name), "bytes": .init($0.bytes), "sha256": .string($0.sha256)]
                }
            ),
        ]
        outputs["sent_at"] = sent.trace.sent.map { .string($0) } ?? .null
        return StepOutcome(outputs: outputs, touched: touched(to, subject, bytes))
    }

    /// Null for what direct mode cannot know before it has seen the copy.
    private static func known(_ id: String) -> JSONValue { id.isEmpty ? .null : .string(id) }

    private func touched(_ to: [String], _ subject: String, _ bytes: Int) -> String {
        let others = to.count + mail.cc.count + mail.bcc.count - 1
        let receivers = (to.first ?? "its sender") + (others > 0 ? " and \(others) more" : "")
        let count = mail.attachments.count
        let files = count == 0 ? "" : " (\(count) attachment\(count == 1 ? "" : "s"), \(ByteCount.text(bytes)))"
        return "mail to \(receivers) \"\(subject)\"\(files)"
    }
}

extension Artifact {
    /// Name, length and hash, as outputs show them.
    var summary: JSONValue {
        ["name": .string(name), "bytes": .init(bytes), "sha256": .string(sha256)]
    }
}
