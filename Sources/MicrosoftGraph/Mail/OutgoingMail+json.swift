import JSON
import MailModel

extension OutgoingMail {
    /// The message resource of Graph v1.0, without attachments.
    var message: JSONObject {
        var json: JSONObject = [
            "subject": .string(subject),
            "body": ["contentType": .string(bodyType.rawValue), "content": .string(body)],
            "importance": .string(importance.rawValue),
            "toRecipients": Self.recipients(to),
            "singleValueExtendedProperties": [["id": .string(MailKey.property), "value": .string(key)]],
            "internetMessageHeaders": .array(
                ([MailHeader(name: MailKey.header, value: key)] + headers).map {
                    ["name": .string($0.name), "value": .string($0.value)]
                }
            ),
        ]
        if !cc.isEmpty { json["ccRecipients"] = Self.recipients(cc) }
        if !bcc.isEmpty { json["bccRecipients"] = Self.recipients(bcc) }
        if !replyTo.isEmpty { json["replyTo"] = Self.recipients(replyTo) }
        return json
    }

    static func recipients(_ addresses: [MailAddress]) -> JSONValue {
        .array(
            addresses.map { address in
                var json: JSONObject = ["address": .string(address.address)]
                if let name = address.name { json["name"] = .string(name) }
                return ["emailAddress": .object(json)]
            }
        )
    }
}
