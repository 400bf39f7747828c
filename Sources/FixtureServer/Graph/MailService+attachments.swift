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
            let query = try ODataQuery(call.query, checksProperties: false)
            let value = message.attachments.dropFirst(query.skip).prefix(
                call.queryField("top") == nil ? 1000 : query.top
            )
            var json: JSONObject = ["@odata.context": .string("\(context)/messages('\(id)')/attachments")]
            if query.wantsCount { json["@odata.count"] = .integer(Int64(message.attachments.count)) }
            json["value"] = .array(value.map { .object($0.json(selecting: query.select)) })
            return call.answer(200, json)
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
        case ("GET", 1) where rest[0].lowercased() == "$count":
            return GraphAnswer(status: 200, body: .text(String(message.attachments.count)))
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
        var json: JSONObject = [
            "@odata.context": .string("\(Self.context(call, mailbox))/messages('\(message.id)')/attachments/$entity")
        ]
        json = json.merging(attachment.json(selecting: try ODataQuery(call.query, checksProperties: false).select))
        return call.answer(200, json)
    }

    private mutating func createUploadSession(
        _ call: GraphCall,
        message: StoredMessage,
        _ mailbox: Mailbox
    ) throws(GraphFailure) -> GraphAnswer {
        guard let item = try call.json().parameter("attachmentItem"), let name = item["name"]?.string,
            let size = item["size"]?.int
        else { throw .badRequest("The parameter 'AttachmentItem' is missing.", code: "ErrorInvalidParameter") }
        guard size >= Mailbox.smallestUpload else {
            throw .badRequest(
                "The size of the attachment is too small for an upload session.",
                code: "ErrorAttachmentSizeShouldNotBeLessThanMinimumSize"
            )
        }
        guard size <= Mailbox.attachmentLimit else {
            throw GraphFailure(
                status: 413,
                code: "ErrorMessageSizeExceeded",
                message: "The message exceeds the maximum supported size."
            )
        }
        guard message.isDraft else {
            throw .badRequest("The message is not a draft.", code: "ErrorInvalidOperation")
        }
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
                "uploadUrl": .string(
                    "\(call.uploadOrigin)/api/gv1.0/users('\(PercentCoding.encode(mailbox.address))')"
                        + "/messages('\(message.id)')/AttachmentSessions('\(key)')"
                        + "?authtoken=\(Hex.encode(identifiers.random(12)))"
                ),
                "expirationDateTime": .string(FixtureClock.rfc3339(expires)),
                "nextExpectedRanges": ["0-"],
            ])
        )
    }

    /// How far a session is; the member's capital E and the missing dash are the service's.
    private static func state(of session: UploadSession, _ call: GraphCall) -> GraphAnswer {
        GraphAnswer(
            status: 200,
            body: .json([
                "@odata.context": .string("\(call.origin)/api/gv1.0/$metadata#UploadSession"),
                "ExpirationDateTime": .string(FixtureClock.rfc3339(session.expires)),
                "nextExpectedRanges": .array(session.nextExpectedRanges.map { .string($0) }),
            ])
        )
    }

    /// Ends every upload session.
    mutating func expireUploads() { uploads = [:] }

    /// Keeps half of a piece: its sender sees the connection break.
    mutating func uploadHalf(_ key: String, _ call: GraphCall) {
        uploads[key]?.appendHalf(call.body, range: call.headers["Content-Range"])
    }

    /// Takes a piece of a large attachment, tells how far it is (`GET`), or ends the session (`DELETE`).
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
        switch call.method {
        case "PUT": break
        case "GET": return Self.state(of: session, call)
        case "DELETE":
            uploads[key] = nil
            return .noContent
        default:
            throw GraphFailure(status: 405, code: "ErrorMethodNotAllowed", message: "The method is not supported.")
        }
        try session.append(call.body, range: call.headers["Content-Range"])
        guard session.isComplete else {
            uploads[key] = session
            return Self.state(of: session, call)
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
        let location = "\(call.origin)/api/gv1.0/users('\(session.mailbox)')/messages('\(session.message)')"
        return GraphAnswer(status: 201, headers: [("Location", "\(location)/attachments('\(attachment.id)')")])
    }
}
