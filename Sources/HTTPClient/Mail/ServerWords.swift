/// What a mail server said, as a line for people.
enum ServerWords {
    private static let longest = 300

    /// The last line of an IMAP server without its tag: `NO [LIMIT] Maximum number of connections …`.
    static func lastLine(of lines: [UInt8]) -> String {
        let said = lines.suffix(2000).split(whereSeparator: { $0 == 10 || $0 == 13 })
            .map { $0.split(separator: 0x20, maxSplits: 1) }.filter { $0.count == 2 }.map { text($0[1]) }
        // The answer to LOGOUT (RFC 9051 §6.1.3), by which libcurl ends what failed.
        let isLoggedOut = said.count > 2 && said[said.count - 2].hasPrefix("BYE") && said.last?.hasPrefix("OK") == true
        return (isLoggedOut ? said.dropLast(2) : said[...]).last ?? ""
    }

    /// Bytes as one short line without control characters.
    static func text(_ bytes: some Sequence<UInt8>) -> String {
        let scalars = String(decoding: Array(bytes.prefix(longest)), as: UTF8.self).unicodeScalars
        let visible = scalars.map { $0.properties.generalCategory == .control ? " " : Character($0) }
        return String(visible).split(separator: " ").joined(separator: " ")
    }
}
