import JSON
import MailModel

extension ReceivedMail {
    /// Reads a message resource of Graph v1.0; nil when it has no id.
    init?(_ json: JSONValue) {
        guard let id = json["id"]?.string else { return nil }
        let content = json["body"]?["content"]?.string ?? ""
        let isHTML = json["body"]?["contentType"]?.string?.lowercased() == "html"
        self.init(
            id: id,
            internetMessageID: json["internetMessageId"]?.string ?? "",
            subject: json["subject"]?.string ?? "",
            from: json["from"]?["emailAddress"]?["address"]?.string ?? "",
            to: Self.addresses(json["toRecipients"]),
            cc: Self.addresses(json["ccRecipients"]),
            received: json["receivedDateTime"]?.string ?? "",
            isRead: json["isRead"]?.bool ?? false,
            isDraft: json["isDraft"]?.bool ?? false,
            hasAttachments: json["hasAttachments"]?.bool ?? false,
            body: content,
            html: isHTML ? content : nil
        )
        // Whoever asked for text and got HTML all the same still gets text.
        if isHTML { body = MailText.plain(html: content) }
    }

    static func addresses(_ json: JSONValue?) -> [String] {
        (json?.array ?? []).compactMap { $0["emailAddress"]?["address"]?.string }
    }
}
