import Cryptography
import HTTPServer
import JSON

extension MailService {
    mutating func createDraft(_ call: GraphCall, _ mailbox: inout Mailbox) throws(GraphFailure) -> GraphAnswer {
        let json = try call.json()
        let attachments = try inlineAttachments(json, now: call.now)
        let draft = try mailbox.makeDraft(now: call.now) { message throws(GraphFailure) in
            try message.update(from: json)
            message.attachments = attachments
        }
        let body = try entity(call, mailbox, draft)
        let id = body["id"]?.string ?? draft.id
        let location = "\(call.origin)/v1.0/users('\(mailbox.address)')/messages('\(id)')"
        return GraphAnswer(status: 201, headers: [("Location", location)], body: .json(body))
    }

    mutating func sendMail(_ call: GraphCall, _ mailbox: inout Mailbox) throws(GraphFailure) -> GraphAnswer {
        let json = try call.json()
        guard let message = json.parameter("message")?.object else {
            throw .badRequest("The parameter 'Message' is missing.", code: "ErrorInvalidParameter")
        }
        let attachments = try inlineAttachments(message, now: call.now)
        let draft = try mailbox.makeDraft(now: call.now) { draft throws(GraphFailure) in
            try draft.update(from: message)
            draft.attachments = attachments
        }
        let sent: StoredMessage
        do {
            sent = try mailbox.send(draft.id, now: call.now, behaviour)
        } catch {
            try mailbox.delete(draft.id)
            throw error
        }
        let saves = json.parameter("saveToSentItems")
        if saves?.bool == false || saves?.string?.lowercased() == "false" {
            try mailbox.delete(sent.id)
            deliver(sent, now: call.now)
        }
        return .accepted
    }

    /// Brings what has left a mailbox to those recipients who have one here.
    mutating func deliver(from user: String, now: Int64) {
        for message in mailboxes[user]?.messages ?? [] where message.folder == .sentitems || message.folder == .outbox {
            deliver(message, now: now)
        }
    }

    private mutating func deliver(_ message: StoredMessage, now: Int64) {
        guard delivered.insert(message.internetMessageID).inserted else { return }
        for recipient in message.to + message.cc + message.bcc {
            mailboxes[recipient.address.lowercased()]?.deliver(message, now: now)
        }
    }

    private func inlineAttachments(_ json: JSONObject, now: Int64) throws(GraphFailure) -> [StoredAttachment] {
        var attachments: [StoredAttachment] = []
        for item in json["attachments"]?.array ?? [] {
            attachments.append(try attachment(item, now: now))
        }
        return attachments
    }

    func attachment(_ json: JSONValue, now: Int64) throws(GraphFailure) -> StoredAttachment {
        guard json["@odata.type"]?.string == "#microsoft.graph.fileAttachment" else {
            throw .badRequest("The type of the attachment is missing or not supported.")
        }
        guard let name = json["name"]?.string, let content = json["contentBytes"]?.string else {
            throw .badRequest("The attachment has no name or no contentBytes.", code: "ErrorInvalidRequest")
        }
        guard let bytes = try? Base64.decode(content) else {
            throw .badRequest("Cannot convert the literal '\(name)' to the expected type 'Edm.Binary'.")
        }
        guard bytes.count < Mailbox.uploadThreshold else { throw .tooLarge }
        return StoredAttachment(
            id: identifiers.make(MailIdentifiers.attachmentPrefix),
            name: name,
            contentType: json["contentType"]?.string ?? "application/octet-stream",
            bytes: bytes,
            isInline: json["isInline"]?.bool ?? false,
            contentID: json["contentId"]?.string,
            modified: now
        )
    }
}
