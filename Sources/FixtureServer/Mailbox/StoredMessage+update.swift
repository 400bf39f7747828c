import JSON

extension StoredMessage {
    /// Takes over what a client sent as a message.
    ///
    /// - Parameter isDraft: whether everything may be changed; a message that was sent keeps its content.
    func checked(_ json: JSONObject) throws(GraphFailure) -> JSONObject {
        for (name, _) in json where !name.hasPrefix("@") && !name.contains("@odata.") && !Self.has(member: name) {
            throw .badRequest(
                "The property '\(name)' does not exist on type 'microsoft.graph.message'. Make sure to only use property "
                    + "names that are defined by the type.",
                code: "RequestBodyRead"
            )
        }
        for (names, kind) in Self.types {
            for name in names {
                guard let value = json[name], !value.isNull, !kind.takes(value) else { continue }
                throw .badRequest(
                    "Cannot convert the value of '\(name)' to the expected type '\(kind.rawValue)'.",
                    code: "RequestBodyRead"
                )
            }
        }
        return json
    }

    private enum ValueKind: String {
        case text = "Edm.String"
        case boolean = "Edm.Boolean"
        case collection = "Collection"
        case object = "microsoft.graph.complexType"

        func takes(_ value: JSONValue) -> Bool {
            switch self {
            case .text: value.string != nil
            case .boolean: value.bool != nil
            case .collection: value.array != nil
            case .object: value.object != nil
            }
        }
    }

    /// What clients may write, and of what type it is.
    private static let types: [(names: [String], kind: ValueKind)] = [
        (["subject", "importance", "internetMessageId"], .text),
        (["isRead", "isReadReceiptRequested", "isDeliveryReceiptRequested"], .boolean),
        (
            [
                "toRecipients", "ccRecipients", "bccRecipients", "replyTo", "categories", "internetMessageHeaders",
                "singleValueExtendedProperties", "attachments",
            ], .collection
        ), (["body", "from", "sender", "flag"], .object),
    ]

    /// What may be changed on every message.
    mutating func mark(from json: JSONObject) throws(GraphFailure) {
        if let isRead = json["isRead"]?.bool { self.isRead = isRead }
        if let categories = json["categories"]?.array { self.categories = categories.compactMap(\.string) }
        if let status = json["flag"]?["flagStatus"]?.string {
            flagStatus = try Self.choice(status, ["notFlagged", "complete", "flagged"], "flagStatus")
        }
        if let importance = json["importance"]?.string {
            self.importance = try Self.choice(importance, ["low", "normal", "high"], "importance")
        }
        for property in json["singleValueExtendedProperties"]?.array ?? [] {
            guard let id = property["id"]?.string, let value = property["value"]?.string else {
                throw .badRequest("Invalid extended property.", code: "ErrorInvalidProperty")
            }
            extendedProperties[id] = value
        }
    }

    private static func choice(_ text: String, _ allowed: [String], _ name: String) throws(GraphFailure) -> String {
        guard let found = allowed.first(where: { $0.lowercased() == text.lowercased() }) else {
            throw .badRequest(
                "Cannot convert the literal '\(text)' to the expected type '\(name)'.",
                code: "RequestBodyRead"
            )
        }
        return found
    }

    /// What may be changed while a message is a draft.
    mutating func update(from json: JSONObject) throws(GraphFailure) {
        let json = try checked(json)
        try mark(from: json)
        if let subject = json["subject"]?.string {
            guard subject.count <= 255 else {
                throw .badRequest("The subject is longer than 255 characters.", code: "ErrorPropertyUpdate")
            }
            self.subject = subject
        }
        if let body = json["body"] {
            let type = try Self.choice(body["contentType"]?.string ?? "text", ["text", "html"], "bodyType")
            self.body = Body(contentType: type, content: body["content"]?.string ?? "")
        }
        if let id = json["internetMessageId"]?.string { internetMessageID = id }
        if let recipients = json["toRecipients"] { to = try Recipient.list(recipients, "toRecipients") }
        if let recipients = json["ccRecipients"] { cc = try Recipient.list(recipients, "ccRecipients") }
        if let recipients = json["bccRecipients"] { bcc = try Recipient.list(recipients, "bccRecipients") }
        if let recipients = json["replyTo"] { replyTo = try Recipient.list(recipients, "replyTo") }
        if let from = json["from"], from != .null { self.from = try Recipient.list([from], "from").first }
        if let sender = json["sender"], sender != .null { self.sender = try Recipient.list([sender], "sender").first }
        if let wanted = json["isReadReceiptRequested"]?.bool { wantsReadReceipt = wanted }
        if let wanted = json["isDeliveryReceiptRequested"]?.bool { wantsDeliveryReceipt = wanted }
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
    static func list(_ json: JSONValue, _ property: String) throws(GraphFailure) -> [StoredMessage.Recipient] {
        guard let items = json.array else {
            throw .badRequest("The property '\(property)' must be a collection.", code: "RequestBodyRead")
        }
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
