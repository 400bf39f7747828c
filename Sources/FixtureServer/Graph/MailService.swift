import Cryptography
import HTTPServer
import JSON

/// Mail of Microsoft Graph v1.0 over mailboxes in memory: what each request does and answers.
///
/// Pure: time comes with the call, nothing waits. Sources: Microsoft Graph REST reference v1.0 (message, attachment,
/// mailFolder), recorded answers in fixtures/graph.
struct MailService: Sendable {
    private let identifiers: MailIdentifiers
    var behaviour = Mailbox.Behaviour()
    /// By lower-case address.
    private(set) var mailboxes: [String: Mailbox] = [:]
    private var uploads: [String: UploadSession] = [:]

    init(addresses: [String], identifiers: MailIdentifiers = MailIdentifiers()) {
        self.identifiers = identifiers
        for address in addresses { addMailbox(address) }
    }

    mutating func addMailbox(_ address: String) {
        mailboxes[address.lowercased()] = Mailbox(address: address, identifiers: identifiers)
    }

    mutating func settle(now: Int64) {
        for address in mailboxes.keys { mailboxes[address]?.settle(now: now) }
    }

    // MARK: Routes

    /// Answers a request to `users/{id}/…`.
    mutating func respond(to call: GraphCall) throws(GraphFailure) -> GraphAnswer {
        guard call.segments.first == "users", call.segments.count > 2 else {
            if call.segments.first == "me" {
                throw .badRequest("/me request is only valid with delegated authentication flow.")
            }
            throw GraphFailure(status: 400, code: "BadRequest", message: "Resource not found for the segment.")
        }
        let user = call.segments[1].lowercased()
        settle(now: call.now)
        guard var mailbox = mailboxes[user] else { throw .unknownUser(call.segments[1]) }
        let answer = try route(call, Array(call.segments.dropFirst(2)), &mailbox)
        mailboxes[user] = mailbox
        deliver(from: user, now: call.now)
        return answer
    }

    private mutating func route(
        _ call: GraphCall,
        _ rest: [String],
        _ mailbox: inout Mailbox
    ) throws(GraphFailure) -> GraphAnswer {
        switch (call.method, rest.count, rest[0].lowercased()) {
        case ("POST", 1, "sendmail"):
            return try sendMail(call, &mailbox)
        case ("GET", 1, "mailfolders"):
            return folders(call, mailbox)
        case ("GET", 2, "mailfolders"):
            return folder(call, mailbox, try mailbox.folder(rest[1]))
        case ("GET", 3..., "mailfolders") where rest[2].lowercased() == "messages":
            let folder = try mailbox.folder(rest[1])
            if rest.count == 3 { return try list(call, mailbox, in: folder) }
            if rest[3] == "$count" { return try count(call, mailbox, in: folder) }
            return try message(call, Array(rest.dropFirst(3)), &mailbox)
        case ("GET", 1, "messages"):
            return try list(call, mailbox, in: nil)
        case ("GET", 2, "messages") where rest[1] == "$count":
            return try count(call, mailbox, in: nil)
        case ("POST", 1, "messages"):
            return try createDraft(call, &mailbox)
        case (_, 2..., "messages"):
            return try message(call, Array(rest.dropFirst()), &mailbox)
        default:
            throw .badRequest("Resource not found for the segment '\(rest[0])'.")
        }
    }

    private mutating func message(
        _ call: GraphCall,
        _ rest: [String],
        _ mailbox: inout Mailbox
    ) throws(GraphFailure) -> GraphAnswer {
        let id = rest[0]
        switch (call.method, rest.count, rest.count > 1 ? rest[1].lowercased() : "") {
        case ("GET", 1, _):
            return GraphAnswer(status: 200, body: .json(try entity(call, mailbox, try mailbox.message(id))))
        case ("PATCH", 1, _):
            let json = try call.json()
            let changed = try mailbox.update(id, now: call.now) { message throws(GraphFailure) in
                if let isRead = json["isRead"]?.bool { message.isRead = isRead }
                if message.isDraft { try message.update(from: json) }
            }
            return GraphAnswer(status: 200, body: .json(try entity(call, mailbox, changed)))
        case ("DELETE", 1, _):
            try mailbox.delete(id)
            return .noContent
        case ("POST", 2, "send"):
            // The service insists on a length although there is no body.
            guard call.headers["Content-Length"] != nil else {
                throw GraphFailure(status: 411, code: "LengthRequired", message: "Content-Length is required.")
            }
            _ = try mailbox.send(id, now: call.now, behaviour)
            return .accepted
        case (_, 2..., "attachments"):
            return try attachments(call, message: id, Array(rest.dropFirst(2)), &mailbox)
        default:
            throw .badRequest("Resource not found for the segment '\(rest.last ?? "")'.")
        }
    }

    // MARK: Sending

    private mutating func createDraft(_ call: GraphCall, _ mailbox: inout Mailbox) throws(GraphFailure) -> GraphAnswer {
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

    private mutating func sendMail(_ call: GraphCall, _ mailbox: inout Mailbox) throws(GraphFailure) -> GraphAnswer {
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

    private var delivered: Set<String> = []

    /// Brings what has left a mailbox to those recipients who have one here.
    private mutating func deliver(from user: String, now: Int64) {
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

    private func attachment(_ json: JSONValue, now: Int64) throws(GraphFailure) -> StoredAttachment {
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

    // MARK: Attachments

    private mutating func attachments(
        _ call: GraphCall,
        message id: String,
        _ rest: [String],
        _ mailbox: inout Mailbox
    ) throws(GraphFailure) -> GraphAnswer {
        let message = try mailbox.message(id)
        let context = "\(call.origin)/v1.0/$metadata#users('\(PercentCoding.encode(mailbox.address))')"
        switch (call.method, rest.count) {
        case ("GET", 0):
            let value = message.attachments.map { JSONValue.object($0.json(withContent: true)) }
            let context = "\(context)/messages('\(id)')/attachments"
            return GraphAnswer(
                status: 200,
                body: .json(["@odata.context": .string(context), "value": .array(value.map { project($0, call) })])
            )
        case ("POST", 0):
            let attachment = try attachment(.object(try call.json()), now: call.now)
            try mailbox.attach(attachment, to: id, now: call.now)
            var json: JSONObject = ["@odata.context": .string("\(context)/messages('\(id)')/attachments/$entity")]
            json = json.merging(attachment.json(withContent: true))
            let location = "\(call.origin)/v1.0/users('\(mailbox.address)')/messages('\(id)')"
            return GraphAnswer(
                status: 201,
                headers: [("Location", "\(location)/attachments('\(attachment.id)')")],
                body: .json(json)
            )
        case ("POST", 1) where rest[0].lowercased() == "createuploadsession":
            return try createUploadSession(call, message: message, mailbox)
        case ("GET", 1), ("GET", 2), ("DELETE", 1):
            return try attachment(call, rest, of: message, &mailbox)
        default:
            throw .badRequest("Resource not found for the segment 'attachments'.")
        }
    }

    private func attachment(
        _ call: GraphCall,
        _ rest: [String],
        of message: StoredMessage,
        _ mailbox: inout Mailbox
    ) throws(GraphFailure) -> GraphAnswer {
        guard let attachment = message.attachments.first(where: { $0.id == rest[0] }) else {
            throw MailIdentifiers.isWellFormed(rest[0]) ? .itemNotFound : .malformedID
        }
        if call.method == "DELETE" {
            try mailbox.detach(attachment.id, from: message.id, now: call.now)
            return .noContent
        }
        if rest.count == 2 {
            guard rest[1] == "$value" else { throw .badRequest("Resource not found for the segment '\(rest[1])'.") }
            return GraphAnswer(status: 200, body: .bytes(attachment.bytes, contentType: attachment.contentType))
        }
        return GraphAnswer(status: 200, body: .json(attachment.json(withContent: true)))
    }

    private func project(_ value: JSONValue, _ call: GraphCall) -> JSONValue {
        let select = call.query["$select"]?.split(separator: ",").map(String.init) ?? []
        guard !select.isEmpty, let object = value.object else { return value }
        var projected = JSONObject()
        for (key, value) in object where key.hasPrefix("@") || key == "id" || select.contains(key) {
            projected[key] = value
        }
        return .object(projected)
    }

    private mutating func createUploadSession(
        _ call: GraphCall,
        message: StoredMessage,
        _ mailbox: Mailbox
    ) throws(GraphFailure) -> GraphAnswer {
        guard let item = try call.json().parameter("attachmentItem"), let name = item["name"]?.string,
            let size = item["size"]?.int
        else { throw .badRequest("The parameter 'AttachmentItem' is missing.", code: "ErrorInvalidParameter") }
        guard size >= Mailbox.uploadThreshold else {
            throw .badRequest(
                "The size of the attachment is too small for an upload session.",
                code: "ErrorAttachmentSizeShouldNotBeLessThanMinimumSize"
            )
        }
        guard size <= Mailbox.attachmentLimit else { throw .tooLarge }
        let key = Hex.encode(identifiers.random(16))
        let expires = call.now + 3_600_000
        uploads[key] = UploadSession(
            mailbox: mailbox.address.lowercased(),
            message: message.id,
            name: name,
            contentType: item["contentType"]?.string ?? "application/octet-stream",
            isInline: item["isInline"]?.bool ?? false,
            contentID: item["contentId"]?.string,
            size: size,
            expires: expires
        )
        return GraphAnswer(
            status: 201,
            body: .json([
                "@odata.context": .string("\(call.origin)/v1.0/$metadata#microsoft.graph.uploadSession"),
                "uploadUrl": .string("\(call.origin)/_upload/\(key)?authtoken=\(Hex.encode(identifiers.random(12)))"),
                "expirationDateTime": .string(FixtureClock.rfc3339(expires)),
                "nextExpectedRanges": ["0-"],
            ])
        )
    }

    /// Takes a piece of a large attachment, or ends the session (`DELETE`).
    mutating func upload(_ key: String, _ call: GraphCall) throws(GraphFailure) -> GraphAnswer {
        guard call.headers["Authorization"] == nil else {
            throw GraphFailure(
                status: 401,
                code: "InvalidAudienceForResource",
                message: "The audience claim value is invalid for current resource."
            )
        }
        settle(now: call.now)
        guard var session = uploads[key], session.expires > call.now else { throw .itemNotFound }
        guard call.method == "PUT" else {
            uploads[key] = nil
            return .noContent
        }
        try session.append(call.body, range: call.headers["Content-Range"])
        guard session.isComplete else {
            uploads[key] = session
            // The member's capital E and the missing dash are the service's.
            return GraphAnswer(
                status: 200,
                body: .json([
                    "@odata.context": .string("\(call.origin)/api/v2.0/$metadata#UploadSession"),
                    "ExpirationDateTime": .string(FixtureClock.rfc3339(session.expires)),
                    "nextExpectedRanges": [.string(String(session.bytes.count))],
                ])
            )
        }
        uploads[key] = nil
        let attachment = StoredAttachment(
            id: identifiers.make(MailIdentifiers.attachmentPrefix),
            name: session.name,
            contentType: session.contentType,
            bytes: session.bytes,
            isInline: session.isInline,
            contentID: session.contentID,
            modified: call.now
        )
        guard mailboxes[session.mailbox] != nil else { throw .unknownUser(session.mailbox) }
        try mailboxes[session.mailbox]?.attach(attachment, to: session.message, now: call.now)
        let location = "\(call.origin)/api/v2.0/Users('\(session.mailbox)')/Messages('\(session.message)')"
        return GraphAnswer(status: 201, headers: [("Location", "\(location)/Attachments('\(attachment.id)')")])
    }
}
