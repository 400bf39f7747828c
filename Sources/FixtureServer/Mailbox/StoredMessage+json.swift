import Cryptography
import JSON

extension StoredMessage {
    /// The members that stand in every answer unless others are selected, in the service's order; the rest must be asked for.
    static let standardMembers = [
        "createdDateTime", "lastModifiedDateTime", "changeKey", "categories", "receivedDateTime", "sentDateTime",
        "hasAttachments", "internetMessageId", "subject", "bodyPreview", "importance", "parentFolderId",
        "conversationId", "conversationIndex", "isDeliveryReceiptRequested", "isReadReceiptRequested", "isRead",
        "isDraft", "webLink", "inferenceClassification", "body", "sender", "from", "toRecipients", "ccRecipients",
        "bccRecipients", "replyTo", "flag",
    ]
    /// What is shown only when it is selected or expanded.
    static let otherMembers = [
        "id", "uniqueBody", "internetMessageHeaders", "singleValueExtendedProperties",
        "multiValueExtendedProperties", "attachments", "extensions",
    ]
    /// What an application with no more than `Mail.ReadBasic.All` never sees.
    static let contentMembers: Set<String> = [
        "body", "bodyPreview", "uniqueBody", "singleValueExtendedProperties", "attachments", "extensions",
    ]

    /// Whether the service knows a member of that name.
    static func has(member name: String) -> Bool { standardMembers.contains(name) || otherMembers.contains(name) }

    /// What a filter may compare a member with; nil for a name the service does not know.
    static func kind(of member: String) -> ODataExpression.Kind? {
        switch member {
        case "hasAttachments", "isDeliveryReceiptRequested", "isReadReceiptRequested", "isRead", "isDraft": .boolean
        case "body", "uniqueBody", "sender", "from", "toRecipients", "ccRecipients", "bccRecipients", "replyTo", "flag",
            "categories", "internetMessageHeaders", "singleValueExtendedProperties", "multiValueExtendedProperties",
            "attachments", "extensions":
            .complex
        default: has(member: member) ? .text : nil
        }
    }

    /// The message with these members, or the standard ones; id and etag always come along.
    func json(_ members: [String], immutableIDs: Bool) -> JSONObject {
        var json: JSONObject = [
            "@odata.etag": .string("W/\"\(changeKey)\""), "id": .string(immutableIDs ? immutableID : id),
        ]
        let wanted = members.isEmpty ? Self.standardMembers : members
        for name in Self.standardMembers + ["uniqueBody", "internetMessageHeaders"] where wanted.contains(name) {
            json[name] = value(of: name)
        }
        return json
    }

    /// One member; nil when the message lacks it: a draft has no sender, even when that is selected.
    func value(of member: String) -> JSONValue? {
        switch member {
        case "id": .string(id)
        case "createdDateTime": .string(FixtureClock.rfc3339(created))
        case "lastModifiedDateTime": .string(FixtureClock.rfc3339(modified))
        case "changeKey": .string(changeKey)
        case "categories": .array(categories.map { .string($0) })
        case "receivedDateTime": .string(FixtureClock.rfc3339(received))
        case "sentDateTime": .string(FixtureClock.rfc3339(sent))
        case "hasAttachments": .bool(hasAttachments)
        case "internetMessageId": .string(internetMessageID)
        case "subject": .string(subject)
        case "bodyPreview": .string(bodyPreview)
        case "importance": .string(importance)
        case "parentFolderId": .string(folder)
        case "conversationId": .string(conversationID)
        case "conversationIndex": .string(Base64.encode(Array(conversationID.utf8.prefix(22))))
        case "isDeliveryReceiptRequested": .bool(wantsDeliveryReceipt)
        case "isReadReceiptRequested": .bool(wantsReadReceipt)
        case "isRead": .bool(isRead)
        case "isDraft": .bool(isDraft)
        case "webLink":
            .string("https://outlook.office365.com/owa/?ItemID=\(id)&exvsurl=1&viewmodel=ReadMessageItem")
        case "inferenceClassification": "focused"
        case "body", "uniqueBody":
            ["contentType": .string(body.contentType), "content": .string(body.content)]
        case "sender": (sender ?? from)?.json
        case "from": from?.json
        case "toRecipients": .array(to.map(\.json))
        case "ccRecipients": .array(cc.map(\.json))
        case "bccRecipients": .array(bcc.map(\.json))
        case "replyTo": .array(replyTo.map(\.json))
        case "flag": ["flagStatus": .string(flagStatus)]
        case "singleValueExtendedProperties":
            .array(
                extendedProperties.sorted { $0.key < $1.key }.map {
                    ["id": .string($0.key), "value": .string($0.value)]
                }
            )
        case "internetMessageHeaders":
            .array(
                (isDraft ? headers : transportHeaders).map { ["name": .string($0.name), "value": .string($0.value)] }
            )
        default: nil
        }
    }

    private var bodyPreview: String {
        String((body.contentType == "html" ? HTMLText.plain(body.content) : body.content).prefix(255))
    }
}

extension StoredMessage: ODataSubject {
    func value(at path: [String]) -> JSONValue {
        path.dropFirst().reduce(value(of: path[0]) ?? .null) { $0[$1] ?? .null }
    }
}

extension StoredMessage.Recipient {
    var json: JSONValue { ["emailAddress": ["name": .string(name), "address": .string(address)]] }
}
