/// Which addresses are meant: text they contain, a whole address with `*` for anything, or `/a regular expression/`.
package struct URLPattern: Sendable, Hashable, CustomStringConvertible {
    /// As written.
    package let description: String
    private let kind: Kind

    private enum Kind: Sendable, Hashable {
        case contains
        /// What stands between the stars.
        case glob([String])
        case regex(PosixRegex)
    }

    /// - Throws: `BrowserError` with `invalidInput` for an empty pattern or a regular expression that is none.
    package init(_ source: String) throws(BrowserError) {
        guard !source.isEmpty else { throw BrowserError(.invalidInput, "A pattern for addresses must not be empty") }
        description = source
        if let regex = try PosixRegex(slashed: source) {
            kind = .regex(regex)
        } else if source.contains("*") {
            kind = .glob(source.split(separator: "*", omittingEmptySubsequences: false).map(String.init))
        } else {
            kind = .contains
        }
    }

    /// Whether an address is meant.
    package func matches(_ url: String) -> Bool {
        switch kind {
        case .contains: url.contains(description)
        case .glob(let pieces): Self.matches(Array(url.utf8), pieces.map { Array($0.utf8) })
        case .regex(let regex): regex.finds(in: url)
        }
    }

    /// Leftmost first is enough: the pieces between stars are fixed texts.
    private static func matches(_ text: [UInt8], _ pieces: [[UInt8]]) -> Bool {
        guard let first = pieces.first, let last = pieces.last, text.starts(with: first) else { return false }
        guard text.count >= first.count + last.count, text.suffix(last.count).elementsEqual(last) else { return false }
        var rest = text[first.count..<(text.count - last.count)]
        for piece in pieces.dropFirst().dropLast() where !piece.isEmpty {
            guard let start = rest.indices.first(where: { rest[$0...].starts(with: piece) }) else { return false }
            rest = rest[(start + piece.count)...]
        }
        return true
    }
}
