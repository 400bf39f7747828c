import Cryptography
import FoundationEssentials
import HTTPClient
import JSON
import MailModel

extension MailClient {
    /// From this length on an attachment goes up by an upload session.
    ///
    /// The documentation's "3 MB" read as millions: a request takes 4 MiB, which base64 and the JSON around it fill before
    /// 3 MiB of content (3,145,611 bytes were measured), and sessions were seen to begin at 2 MiB
    /// (Graph: "attach large files to Outlook messages"; msgraph-sdk-java#52).
    static let uploadThreshold = 3_000_000
    /// 12 × 320 KiB: below the service's 4 MB, and a multiple of what some of its relatives insist on.
    static let chunk = 3_932_160
    /// Larger ones are hashed on disk.
    private static let inMemory = 8 << 20
    private static let largest = 160 << 20

    /// Puts a file on a draft.
    func attach(
        _ attachment: OutgoingAttachment,
        to draft: String,
        in mailbox: String,
        _ deadline: ContinuousClock.Instant
    ) async throws -> DraftSend.Event {
        let path = "\(Self.path(mailbox, draft))/attachments"
        do {
            if attachment.bytes >= Self.uploadThreshold {
                return try await upload(attachment, to: path, mailbox, deadline)
            }
            let response = try await connection.perform(
                .post(path, try await inline(attachment), mayRepeat: false),
                mailbox: mailbox,
                deadline: deadline,
                operation: "attach \(attachment.name)"
            )
            if response.status == 404 { return .draftGone }
            guard response.status == 201 else { throw MailError(response, during: "attach \(attachment.name)") }
            return .attached
        } catch let error as MailError where error.code == .unknownOutcome {
            return .attachmentUnknown
        }
    }

    /// A fileAttachment with its content.
    func inline(_ attachment: OutgoingAttachment) async throws -> JSONObject {
        let (hash, content): (String, String)
        do {
            (hash, content) = try await environment.aside { [read = environment.readFile] in
                let bytes = try read(attachment.path)
                return (SHA256.digest(of: bytes).hex, Base64.encode(bytes))
            }
        } catch {
            throw MailError(.invalidInput, "Cannot read the attachment \(attachment.name): \(error)")
        }
        guard hash == attachment.sha256 else {
            throw MailError(
                .invalidInput,
                "The attachment \(attachment.name) has changed since it was made; nothing was sent."
            )
        }
        var json: JSONObject = [
            "@odata.type": "#microsoft.graph.fileAttachment",
            "name": .string(attachment.name),
            "contentType": .string(attachment.contentType),
            "contentBytes": .string(content),
        ]
        Self.mark(attachment, in: &json)
        return json
    }

    /// Says of an inline image which place of the body shows it.
    static func mark(_ attachment: OutgoingAttachment, in json: inout JSONObject) {
        guard let contentID = attachment.contentID else { return }
        json["isInline"] = true
        json["contentId"] = .string(contentID)
    }

    /// Takes an attachment off a draft.
    func detach(
        _ attachment: String,
        from draft: String,
        _ mail: OutgoingMail,
        _ deadline: ContinuousClock.Instant
    ) async throws -> DraftSend.Event {
        let response = try await connection.perform(
            .delete("\(Self.path(mail.mailbox, draft))/attachments/\(PercentCoding.encode(attachment))"),
            mailbox: mail.mailbox,
            deadline: deadline,
            operation: "remove an attachment"
        )
        guard response.status == 204 || response.status == 404 else {
            throw MailError(response, during: "remove an attachment")
        }
        return .attached
    }

    // MARK: What lies on a message

    /// The attachments of a message with the hashes of their contents; nil when the message is gone.
    ///
    /// The service's `size` is not the number of bytes, so contents are read.
    func attachments(
        of message: String,
        in mailbox: String,
        _ deadline: ContinuousClock.Instant
    ) async throws -> [AttachmentTrace]? {
        let path = "\(Self.path(mailbox, message))/attachments"
        let values: [JSONValue]
        do {
            values = try await elements(
                of: path + "?$select=id,name,size,isInline",
                "attachments",
                in: mailbox,
                deadline,
                operation: "list attachments"
            )
        } catch let error as MailError where error.status == 404 {
            return nil
        }
        var traces: [AttachmentTrace] = []
        for value in values {
            guard let id = value["id"]?.string, let name = value["name"]?.string else { continue }
            let size = value["size"]?.lenientInt ?? Self.inMemory
            let content = "\(path)/\(PercentCoding.encode(id))/$value"
            let hash = try await hash(of: content, isLarge: size > Self.inMemory, mailbox, deadline)
            traces.append(AttachmentTrace(id: id, name: name, sha256: hash))
        }
        return traces
    }

    private func hash(
        of path: String,
        isLarge: Bool,
        _ mailbox: String,
        _ deadline: ContinuousClock.Instant
    ) async throws -> String {
        let file =
            isLarge ? FileManager.default.temporaryDirectory.appending(path: "cpa-\(environment.makeID())").path : nil
        defer { if let file { try? FileManager.default.removeItem(atPath: file) } }
        let response = try await connection.perform(
            .get(path, sink: file.map { .file(path: $0, limit: Self.largest) } ?? .memory(limit: 2 * Self.inMemory)),
            mailbox: mailbox,
            deadline: deadline,
            operation: "read an attachment"
        )
        guard response.status == 200 else { throw MailError(response, during: "read an attachment") }
        guard let file else { return try await environment.aside { SHA256.digest(of: response.body).hex } }
        return try await FileDigest.compute(path: file).sha256.hex
    }

    /// Holds the sent copy's attachments against what was to be sent.
    ///
    /// - Throws: `MailError` with `unknownOutcome` when they differ: the mail is out, and a human must look at it.
    func compareAttachments(
        of sent: SentMail,
        with mail: OutgoingMail,
        deadline: ContinuousClock.Instant
    ) async throws {
        guard !mail.attachments.isEmpty else { return }
        let present: [AttachmentTrace]
        do {
            present = try await attachments(of: sent.trace.id, in: mail.mailbox, deadline) ?? []
        } catch let error as MailError {
            throw MailError(
                .unknownOutcome,
                "The mail \(sent.trace.internetMessageID) was sent, but its copy could not be checked: \(error.message)"
            )
        }
        var rest = present.map { DraftSend.Wanted(name: $0.name, sha256: $0.sha256) }
        for attachment in mail.attachments {
            let wanted = DraftSend.Wanted(name: attachment.name, sha256: attachment.sha256)
            guard let index = rest.firstIndex(of: wanted) else {
                throw MailError(
                    .unknownOutcome,
                    "The mail \(sent.trace.internetMessageID) was sent, but the copy in Sent Items of \(mail.mailbox) has no "
                        + "attachment \(attachment.name) with SHA-256 \(attachment.sha256). Look at it before doing more."
                )
            }
            rest.remove(at: index)
        }
    }
}
