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
    /// As HTML; nil when the mail has none, or it was not asked for.
    package var html: String?

    /// A message.
    package init(
        id: String,
        internetMessageID: String,
        subject: String,
        from: String,
        to: [String],
        cc: [String] = [],
        received: String,
        isRead: Bool,
        isDraft: Bool = false,
        hasAttachments: Bool = false,
        body: String = "",
        html: String? = nil
    ) {
        self.id = id
        self.internetMessageID = internetMessageID
        self.subject = subject
        self.from = from
        self.to = to
        self.cc = cc
        self.received = received
        self.isRead = isRead
        self.isDraft = isDraft
        self.hasAttachments = hasAttachments
        self.body = body
        self.html = html
    }

    /// Where its links lead.
    package var links: [MailLink] { html.map { MailLink.find(html: $0) } ?? MailLink.find(text: body) }
}
