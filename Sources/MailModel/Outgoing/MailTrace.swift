/// A message as far as sending needs to know it.
package struct MailTrace: Sendable, Hashable {
    /// The id Graph gives it.
    package var id: String
    /// `<…@…>`; the same on draft and sent copy.
    package var internetMessageID: String
    package var isDraft: Bool
    /// RFC 3339; already set on drafts.
    package var sent: String?
    /// Addresses it goes to; empty when nobody asked.
    package var to: [String]
    package var subject: String

    /// A message.
    package init(
        id: String,
        internetMessageID: String,
        isDraft: Bool,
        sent: String? = nil,
        to: [String] = [],
        subject: String = ""
    ) {
        self.id = id
        self.internetMessageID = internetMessageID
        self.isDraft = isDraft
        self.sent = sent
        self.to = to
        self.subject = subject
    }
}
