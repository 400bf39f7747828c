import JSON

extension OutgoingMail {
    /// The message resource of Graph v1.0, without attachments.
    var message: JSONObject {
        var json: JSONObject = [
            "subject": .string(subject),
            "body": ["contentType": .string(bodyType.rawValue), "content": .string(body)],
            "importance": .string(importance.rawValue),
            "toRecipients": Self.recipients(to),
            "singleValueExtendedProperties": [["id": .string(MailKey.property), "value": .string(key)]],
            "internetMessageHeaders": [["name": .string(MailKey.header), "value": .string(key)]],
        ]
        if !cc.isEmpty { json["ccRecipients"] = Self.recipients(cc) }
        if !bcc.isEmpty { json["bccRecipients"] = Self.recipients(bcc) }
        if !replyTo.isEmpty { json["replyTo"] = Self.recipients(replyTo) }
        return json
    }

    private static func recipients(_ addresses: [MailAddress]) -> JSONValue {
        .array(
            addresses.map { address in
                var json: JSONObject = ["address": .string(address.address)]
                if let name = address.name { json["name"] = .string(name) }
                return ["emailAddress": .object(json)]
            }
        )
    }
}
