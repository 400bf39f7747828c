import Cryptography
import HTTPServer
import JSON

extension MailService {
    mutating func attachments(
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
