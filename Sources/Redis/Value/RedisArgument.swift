/// One word of a command; any bytes.
///
/// Equal when the bytes are.
package struct RedisArgument: Hashable, Sendable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    private enum Content: Sendable {
        /// Most words are short texts, for which no memory is allocated.
        case text(String)
        case bytes([UInt8])
    }

    private let content: Content

    package init(_ bytes: [UInt8]) { content = .bytes(bytes) }
    package init(_ text: String) { content = .text(text) }
    package init(_ number: some BinaryInteger) { self.init(String(number)) }
    package init(stringLiteral text: String) { self.init(text) }
    package init(integerLiteral number: Int64) { self.init(number) }

    /// The word.
    package var bytes: [UInt8] {
        switch content {
        case .text(let text): Array(text.utf8)
        case .bytes(let bytes): bytes
        }
    }

    /// How many bytes it has.
    var count: Int {
        switch content {
        case .text(let text): text.utf8.count
        case .bytes(let bytes): bytes.count
        }
    }

    /// Writes the word at the end of a buffer.
    func append(to buffer: inout [UInt8]) {
        switch content {
        case .text(let text): buffer.append(contentsOf: text.utf8)
        case .bytes(let bytes): buffer.append(contentsOf: bytes)
        }
    }

    package static func == (one: RedisArgument, other: RedisArgument) -> Bool { one.bytes == other.bytes }
    package func hash(into hasher: inout Hasher) { hasher.combine(bytes) }
}
