import Cryptography
import JSON
import JobModel
import MicrosoftGraph

/// A `send_mail` task, read and checked.
struct MailOrder: Sendable {
    let mail: OutgoingMail
    let mode: SentMail.Mode
    /// Whether the copy in Sent Items is awaited and compared.
    let verifiesSentItems: Bool

    /// Reads the members of the task and finds its attachments.
    ///
    /// - Throws: `StepFailure` with `invalid_input` or `artifact_missing`.
    init(_ step: Step, sender: String?, workspace: any ArtifactWorkspace) async throws {
        let task = step.task
        let to = try task.addresses("to")
        guard !to.isEmpty else { throw task.invalid("needs at least one address in 'to'") }
        let html = try task.plainText("html")
        let text = try task.text ?? task.plainText("text")
        guard html == nil || text == nil else { throw task.invalid("has both 'text' and 'html'; give one") }
        let subject = try task.plainText("subject") ?? ""
        guard subject.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F }), subject.count <= 255 else {
            throw task.invalid("has a 'subject' with a line break or control character, or of more than 255 characters")
        }
        mail = OutgoingMail(
            key: Self.key(of: step.key),
            mailbox: try task.mailbox(sender),
            to: to,
            cc: try task.addresses("cc"),
            bcc: try task.addresses("bcc"),
            replyTo: try task.addresses("reply_to"),
            subject: subject,
            body: html ?? text ?? "",
            bodyType: html == nil ? .text : .html,
            importance: try task.word("importance") ?? .normal,
            attachments: try await Self.attachments(of: task, in: workspace)
        )
        mode = try task.word("mode") ?? .draft
        verifiesSentItems = task.fields["verify_sent"]?.bool ?? true
    }

    /// The same for every try of a step, and for nothing else; plain enough for a mail header.
    static func key(of key: JournalKey) -> String {
        let text = "\(key.job)/\(key.step)/\(key.iteration)"
        let isPlain = text.utf8.count <= 200 && text.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value < 0x7F }
        return isPlain ? text : SHA256.digest(of: text).hex
    }

    private static func attachments(
        of task: ToDo,
        in workspace: any ArtifactWorkspace
    ) async throws -> [OutgoingAttachment] {
        var attachments: [OutgoingAttachment] = []
        for name in try task.texts("attachments") ?? [] {
            // The path first: it fails with the names there are, and fetches what another worker made.
            let path = try await workspace.path(of: name)
            guard let artifact = await workspace.list().first(where: { $0.name == name }) else {
                throw StepFailure(
                    reason: .artifactMissing,
                    message: "There is no artifact '\(name)' to attach.",
                    isRetryable: false
                )
            }
            attachments.append(
                OutgoingAttachment(
                    path: path,
                    name: artifact.name,
                    contentType: artifact.contentType,
                    bytes: artifact.bytes,
                    sha256: artifact.sha256
                )
            )
        }
        return attachments
    }

    /// What the step says about a mail that is out.
    func outcome(of sent: SentMail) -> StepOutcome {
        var outputs: JSONObject = [
            "message_id": Self.known(sent.trace.id),
            "internet_message_id": Self.known(sent.trace.internetMessageID),
            "mode": .string(sent.mode.rawValue),
            "proof": .string(sent.proof.rawValue),
            "already_sent": .bool(sent.wasAlreadySent),
            "to": .array(mail.to.map { .string($0.address) }),
            "subject": .string(mail.subject),
            "attachments": .array(
                mail.attachments.map {
                    ["name": .string($0.name), "bytes": .init($0.bytes), "sha256": .string($0.sha256)]
                }
            ),
        ]
        outputs["sent_at"] = sent.trace.sent.map { .string($0) } ?? .null
        return StepOutcome(outputs: outputs, touched: touched)
    }

    /// Null for what direct mode cannot know before it has seen the copy.
    private static func known(_ id: String) -> JSONValue { id.isEmpty ? .null : .string(id) }

    private var touched: String {
        let others = mail.to.count + mail.cc.count + mail.bcc.count - 1
        let receivers = mail.to[0].address + (others > 0 ? " and \(others) more" : "")
        let bytes = mail.attachments.reduce(0) { $0 + $1.bytes }
        let count = mail.attachments.count
        let files = count == 0 ? "" : " (\(count) attachment\(count == 1 ? "" : "s"), \(ByteCount.text(bytes)))"
        return "mail to \(receivers) \"\(mail.subject)\"\(files)"
    }
}

extension Artifact {
    /// Name, length and hash, as outputs show them.
    var summary: JSONValue {
        ["name": .string(name), "bytes": .init(bytes), "sha256": .string(sha256)]
    }
}
