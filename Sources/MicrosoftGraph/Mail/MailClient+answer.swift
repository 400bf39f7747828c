import HTTPClient
import JSON
import MailModel
import Telemetry

extension MailClient {
    /// Lets the service make the draft of an answer, or of a mail that is passed on, and puts our words and key into it.
    ///
    /// Without the key nothing is ever sent: what is lost in between is a draft that stays, or is deleted here.
    /// Source: Microsoft Graph, message: createReply, createReplyAll, createForward.
    func createDraft(
        _ mail: OutgoingMail,
        about basis: MailBasis,
        _ deadline: ContinuousClock.Instant
    ) async throws -> DraftSend.Event {
        let action =
            switch basis {
            case .reply(_, let all): all ? "createReplyAll" : "createReply"
            case .forward: "createForward"
            }
        let operation = "answer or pass on \(Self.words(for: basis.message, of: mail.mailbox))"
        do {
            let response = try await connection.perform(
                .post("\(Self.path(mail.mailbox, basis.message))/\(action)", [:], mayRepeat: false),
                mailbox: mail.mailbox,
                deadline: deadline,
                operation: operation
            )
            guard response.status == 201 else { throw MailError(response, during: operation) }
            let draft = try Self.object(response, "the draft")
            let trace = try Self.trace(draft, "the draft")
            return try await complete(trace, draft, mail, deadline)
        } catch let error as MailError where error.code == .unknownOutcome {
            return .creationUnknown
        }
    }

    private func complete(
        _ trace: MailTrace,
        _ draft: JSONValue,
        _ mail: OutgoingMail,
        _ deadline: ContinuousClock.Instant
    ) async throws -> DraftSend.Event {
        do {
            let changes = Self.changes(mail, to: draft)
            let files = try await attachments(of: trace.id, in: mail.mailbox, deadline: deadline)
            let completed = try Self.completed(draft, changes, files)
            if let objection = await mail.objection(completed) { throw MailError(.policy, objection) }
            let operation = "complete an answer in \(mail.mailbox)"
            let response = try await connection.perform(
                .patch(Self.path(mail.mailbox, trace.id), changes, mayRepeat: true),
                mailbox: mail.mailbox,
                deadline: deadline,
                operation: operation
            )
            guard response.status == 200 else { throw MailError(response, during: operation) }
            return .created(try Self.trace(try Self.object(response, "the draft"), "the draft"))
        } catch {
            // Best effort: nobody will take it up.
            _ = try? await connection.perform(
                .delete(Self.path(mail.mailbox, trace.id)),
                mailbox: mail.mailbox,
                deadline: deadline,
                operation: "delete a spare draft"
            )
            throw error
        }
    }

    private static func changes(_ mail: OutgoingMail, to draft: JSONValue) -> JSONObject {
        var changes: JSONObject = [
            "body": body(mail, above: draft["body"]),
            "singleValueExtendedProperties": [["id": .string(MailKey.property), "value": .string(mail.key)]],
        ]
        for (member, ours) in [("toRecipients", mail.to), ("ccRecipients", mail.cc), ("bccRecipients", mail.bcc)] {
            guard !ours.isEmpty else { continue }
            changes[member] = .array((draft[member]?.array ?? []) + (OutgoingMail.recipients(ours).array ?? []))
        }
        return changes
    }

    /// What the draft will be.
    private static func completed(
        _ draft: JSONValue,
        _ changes: JSONObject,
        _ files: [ReceivedAttachment]
    ) throws -> CompletedMail {
        let receivers = ["toRecipients", "ccRecipients", "bccRecipients"].flatMap {
            (changes[$0] ?? draft[$0])?.array ?? []
        }
        let body = changes["body"]?["content"]?.string ?? ""
        let isHTML = changes["body"]?["contentType"] == "html"
        return CompletedMail(
            receivers: try receivers.map(address),
            names: receivers.compactMap { name(of: $0) },
            subject: draft["subject"]?.string ?? "",
            body: isHTML ? MailText.plain(html: body) : body,
            files: files.map { CompletedMail.File(name: $0.name, bytes: $0.size) }
        )
    }

    /// What a receiver is called; nil when that is the address alone.
    private static func name(of recipient: JSONValue) -> String? {
        let address = recipient["emailAddress"]?["address"]?.string
        return recipient["emailAddress"]?["name"]?.string.flatMap { $0 == address ? nil : $0 }
    }

    private static func address(_ recipient: JSONValue) throws -> String {
        let text = recipient["emailAddress"]?["address"]?.string ?? ""
        do {
            return try MailAddress(text).address
        } catch {
            throw MailError(.invalidInput, "The mail to answer names a receiver that \(error): \(text.prefix(100))")
        }
    }

    /// Our words in front of the quoted mail, in its own form.
    private static func body(_ mail: OutgoingMail, above quoted: JSONValue?) -> JSONValue {
        let content = quoted?["content"]?.string ?? ""
        guard quoted?["contentType"]?.string?.lowercased() == "html" else {
            let words = mail.bodyType == .html ? MailText.plain(html: mail.body) : mail.body
            return ["contentType": "text", "content": .string(content.isEmpty ? words : words + "\n\n" + content)]
        }
        let words = mail.bodyType == .html ? mail.body : MailText.html(plain: mail.body)
        return ["contentType": "html", "content": .string(MailText.inserting(words, intoBodyOf: content))]
    }
}
