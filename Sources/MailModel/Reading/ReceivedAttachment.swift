/// A file that came with a mail; its content is fetched apart.
package struct ReceivedAttachment: Sendable, Hashable {
    package var id: String
    package var name: String
    package var contentType: String
    /// As the service counts, which is more than the file has.
    package var size: Int
    /// Whether the body shows it.
    package var isInline: Bool
    /// Whether it has content of its own; a link to a file in the cloud has none.
    package var hasContent: Bool

    /// An attachment.
    package init(
        id: String,
        name: String,
        contentType: String,
        size: Int,
        isInline: Bool,
        hasContent: Bool = true
    ) {
        self.id = id
        self.name = name
        self.contentType = contentType
        self.size = size
        self.isInline = isInline
        self.hasContent = hasContent
    }
}
