import Cryptography
import JSON

extension StoredMessage {
    /// The message as the service shows it, with everything a query may ask about.
    ///
    /// Extended properties, headers and attachments are part of it; `GraphPresenter` removes what was not asked for.
    func json(immutableIDs: Bool) -> JSONObject {
        var json: JSONObject = [
            "@odata.etag": .string("W/\"\(changeKey)\""),
            "id": .string(immutableIDs ? immutableID : id),
            "createdDateTime": .string(FixtureClock.rfc3339(created)),
            "lastModifiedDateTime": .string(FixtureClock.rfc3339(modified)),
            "changeKey": .string(changeKey),
            "categories": [],
            "receivedDateTime": .string(FixtureClock.rfc3339(sent)),
            "sentDateTime": .string(FixtureClock.rfc3339(sent)),
            "hasAttachments": .bool(attachments.contains { !$0.isInline }),
            "internetMessageId": .string(internetMessageID),
            "subject": .string(subject),
            "bodyPreview": .string(String(body.content.prefix(255))),
            "importance": .string(importance),
            "parentFolderId": .string(""),
            "conversationId": .string(conversationID),
            "conversationIndex": .string(Base64.encode(Array(conversationID.utf8.prefix(22)))),
            "isDeliveryReceiptRequested": false,
            "isReadReceiptRequested": false,
            "isRead": .bool(isRead),
            "isDraft": .bool(isDraft),
            "webLink": .string("https://outlook.office365.com/owa/?ItemID=\(id)&exvsurl=1&viewmodel=ReadMessageItem"),
            "inferenceClassification": "focused",
            "body": ["contentType": .string(body.contentType), "content": .string(body.content)],
        ]
        // A draft lacks both, even when they are selected.
        if let from {
            json["sender"] = from.json
            json["from"] = from.json
        }
        json["toRecipients"] = .array(to.map(\.json))
        json["ccRecipients"] = .array(cc.map(\.json))
        json["bccRecipients"] = .array(bcc.map(\.json))
        json["replyTo"] = .array(replyTo.map(\.json))
        json["flag"] = ["flagStatus": "notFlagged"]
        json["singleValueExtendedProperties"] = .array(
            extendedProperties.sorted { $0.key < $1.key }.map { ["id": .string($0.key), "value": .string($0.value)] }
        )
        json["internetMessageHeaders"] = .array(
            headers.map { ["name": .string($0.name), "value": .string($0.value)] }
        )
        return json
    }

    /// Takes over what a client sent as a message.
    ///
    /// Members nobody knows are ignored, as the service does with most.
    mutating func update(from json: JSONObject) throws(GraphFailure) {
        if let subject = json["subject"]?.string { self.subject = subject }
        if let body = json["body"] {
            self.body = Body(
                contentType: body["contentType"]?.string?.lowercased() ?? "text",
                content: body["content"]?.string ?? ""
            )
        }
        if let importance = json["importance"]?.string { self.importance = importance.lowercased() }
        if let id = json["internetMessageId"]?.string { internetMessageID = id }
        if let recipients = json["toRecipients"] { to = try Recipient.list(recipients) }
        if let recipients = json["ccRecipients"] { cc = try Recipient.list(recipients) }
        if let recipients = json["bccRecipients"] { bcc = try Recipient.list(recipients) }
        if let recipients = json["replyTo"] { replyTo = try Recipient.list(recipients) }
        for property in json["singleValueExtendedProperties"]?.array ?? [] {
            guard let id = property["id"]?.string, let value = property["value"]?.string else {
                throw .badRequest("Invalid extended property.", code: "ErrorInvalidProperty")
            }
            extendedProperties[id] = value
        }
        if let headers = json["internetMessageHeaders"]?.array { self.headers = try Self.headers(headers) }
    }

    private static func headers(_ headers: [JSONValue]) throws(GraphFailure) -> [(name: String, value: String)] {
        guard (1...5).contains(headers.count) else {
            throw .badRequest(
                "The internet message header collection is empty or has more than five members.",
                code: "InvalidInternetMessageHeaderCollection"
            )
        }
        var accepted: [(name: String, value: String)] = []
        for header in headers {
            let name = header["name"]?.string ?? ""
            guard name.lowercased().hasPrefix("x-") else {
                throw .badRequest(
                    "The internet message header name '\(name)' should start with 'x-' or 'X-'.",
                    code: "InvalidInternetMessageHeader"
                )
            }
            accepted.append((name, header["value"]?.string ?? ""))
        }
        return accepted
    }
}

extension StoredMessage.Recipient {
    var json: JSONValue { ["emailAddress": ["name": .string(name), "address": .string(address)]] }

    static func list(_ json: JSONValue) throws(GraphFailure) -> [StoredMessage.Recipient] {
        guard let items = json.array else { throw .badRequest("Property 'toRecipients' must be a collection.") }
        var recipients: [StoredMessage.Recipient] = []
        for item in items {
            guard let address = item["emailAddress"]?["address"]?.string, isPlausible(address) else {
                throw .badRequest("At least one recipient is not valid.", code: "ErrorInvalidRecipients")
            }
            recipients.append(
                StoredMessage.Recipient(name: item["emailAddress"]?["name"]?.string ?? address, address: address)
            )
        }
        return recipients
    }

    private static func isPlausible(_ address: String) -> Bool {
        let parts = address.split(separator: "@", omittingEmptySubsequences: false)
        return parts.count == 2 && !parts[0].isEmpty && !parts[1].isEmpty
            && address.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value != 0x7F }
    }
}

extension StoredAttachment {
    /// The attachment as the service shows it; `contentBytes` only when one is asked for alone.
    func json(withContent: Bool) -> JSONObject {
        var json: JSONObject = [
            "@odata.type": "#microsoft.graph.fileAttachment",
            "@odata.mediaContentType": .string(contentType),
            "id": .string(id),
            "lastModifiedDateTime": .string(FixtureClock.rfc3339(modified)),
            "name": .string(name),
            "contentType": .string(contentType),
            "size": .integer(Int64(size)),
            "isInline": .bool(isInline),
            "contentId": contentID.map { .string($0) } ?? .null,
            "contentLocation": .null,
        ]
        if withContent { json["contentBytes"] = .string(Base64.encode(bytes)) }
        return json
    }
}
