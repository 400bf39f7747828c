/// What a mail server said, as a line for people.
enum ServerWords {
    private static let longest = 300

    /// The last line of an IMAP server without its tag: `NO [LIMIT] Maximum number of connections …`.
    static func lastLine(of lines: [UInt8]) -> String {
        let last = lines.suffix(2000).split(whereSeparator: { $0 == 10 || $0 == 13 }).last ?? []
        let words = last.split(separator: 0x20, maxSplits: 1)
        guard words.count == 2 else { return "" }
        return text(words[1])
    }

    /// Bytes as one short line without control characters.
    static func text(_ bytes: some Sequence<UInt8>) -> String {
        let scalars = String(decoding: Array(bytes.prefix(longest)), as: UTF8.self).unicodeScalars
        let visible = scalars.map { $0.properties.generalCategory == .control ? " " : Character($0) }
        return String(visible).split(separator: " ").joined(separator: " ")
    }
}
