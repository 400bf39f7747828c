import JSON

/// A message as it lies in a mailbox.
package struct ReceivedMail: Sendable, Hashable {
    package var id: String
    package var internetMessageID: String
    package var subject: String
    /// Address of the sender; empty on drafts.
    package var from: String
    package var to: [String]
    package var cc: [String]
    /// RFC 3339.
    package var received: String
    package var isRead: Bool
    package var isDraft: Bool
    package var hasAttachments: Bool
    /// As plain text.
    package var body: String

    init?(_ json: JSONValue) {
        guard let id = json["id"]?.string else { return nil }
        self.id = id
        internetMessageID = json["internetMessageId"]?.string ?? ""
        subject = json["subject"]?.string ?? ""
        from = json["from"]?["emailAddress"]?["address"]?.string ?? ""
        to = Self.addresses(json["toRecipients"])
        cc = Self.addresses(json["ccRecipients"])
        received = json["receivedDateTime"]?.string ?? ""
        isRead = json["isRead"]?.bool ?? false
        isDraft = json["isDraft"]?.bool ?? false
        hasAttachments = json["hasAttachments"]?.bool ?? false
        body = json["body"]?["content"]?.string ?? ""
    }

    private static func addresses(_ json: JSONValue?) -> [String] {
        (json?.array ?? []).compactMap { $0["emailAddress"]?["address"]?.string }
    }
}
