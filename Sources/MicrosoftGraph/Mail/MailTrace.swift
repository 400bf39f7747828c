/// A message as far as sending needs to know it.
package struct MailTrace: Sendable, Hashable {
    /// The id Graph gives it.
    package var id: String
    /// `<…@…>`; the same on draft and sent copy.
    package var internetMessageID: String
    package var isDraft: Bool
    /// RFC 3339; already set on drafts.
    package var sent: String?

    /// A message.
    package init(id: String, internetMessageID: String, isDraft: Bool, sent: String? = nil) {
        self.id = id
        self.internetMessageID = internetMessageID
        self.isDraft = isDraft
        self.sent = sent
    }
}

/// An attachment that lies on a message.
struct AttachmentTrace: Sendable, Hashable {
    var id: String
    var name: String
    /// Of its content, lower-case hexadecimal.
    var sha256: String
}
