/// An attachment that lies on a message.
struct AttachmentTrace: Sendable, Hashable {
    var id: String
    var name: String
    /// Of its content, lower-case hexadecimal.
    var sha256: String
}
