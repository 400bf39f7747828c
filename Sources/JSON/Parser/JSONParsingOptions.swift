/// What the reader of JSON accepts.
package struct JSONParsingOptions: Sendable {
    /// What becomes of text that is not valid Unicode: bad UTF-8, or half of a surrogate pair as `\uD83D`.
    package enum InvalidText: Sendable {
        /// The document is refused.
        case refuse
        /// U+FFFD takes its place; a page may hold such strings, and Chromium passes them on.
        case replace
    }

    /// Arrays and objects inside each other.
    package var maximumDepth: Int
    /// Length of the document.
    package var maximumBytes: Int
    /// What to do with text that is not valid Unicode.
    package var invalidText: InvalidText

    /// Limits of one's own.
    package init(maximumDepth: Int = 64, maximumBytes: Int = 64 << 20, invalidText: InvalidText = .refuse) {
        self.maximumDepth = maximumDepth
        self.maximumBytes = maximumBytes
        self.invalidText = invalidText
    }

    /// For what people and other programs send: depth 64, 64 MiB, valid Unicode only.
    package static let strict = JSONParsingOptions()
    /// For a peer we started ourselves (Chromium): depth 512, 256 MiB, invalid text replaced.
    package static let trustedPeer = JSONParsingOptions(
        maximumDepth: 512,
        maximumBytes: 256 << 20,
        invalidText: .replace
    )
}
