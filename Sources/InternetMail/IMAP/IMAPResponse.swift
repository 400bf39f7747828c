/// What stands in a response of an IMAP server (RFC 9051 §9).
indirect enum IMAPValue: Hashable, Sendable {
    case atom(String)
    /// In quotes, or a literal.
    case string([UInt8])
    case list([IMAPValue])

    /// As text, whichever way it was sent; nil for lists and `NIL`.
    var text: String? {
        switch self {
        case .atom(let text): text.uppercased() == "NIL" ? nil : text
        case .string(let bytes): String(decoding: bytes, as: UTF8.self)
        case .list: nil
        }
    }

    var list: [IMAPValue]? { if case .list(let values) = self { values } else { nil } }

    var bytes: [UInt8]? {
        switch self {
        case .string(let bytes): bytes
        case .atom(let text): text.uppercased() == "NIL" ? nil : Array(text.utf8)
        case .list: nil
        }
    }
}

/// Reads the lines of a server: every untagged response as its values.
struct IMAPResponse {
    /// Why a text is no sequence of responses.
    struct Malformed: Error {}

    private static let depth = 40

    private let bytes: [UInt8]
    private var index = 0

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The untagged responses, in order.
    ///
    /// - Throws: `Malformed` when a literal is longer than what came: then a line within a mail was taken for the end of the
    ///   answer, and nothing of it can be trusted.
    static func untagged(_ bytes: [UInt8]) throws(Malformed) -> [[IMAPValue]] {
        var reader = IMAPResponse(bytes)
        var responses: [[IMAPValue]] = []
        while reader.index < bytes.count {
            guard bytes[reader.index] == UInt8(ascii: "*") else {
                reader.skipLine()
                continue
            }
            reader.index += 1
            responses.append(try reader.line())
        }
        return responses
    }

    private mutating func skipLine() {
        while index < bytes.count, bytes[index] != 10 { index += 1 }
        index += 1
    }

    private mutating func line() throws(Malformed) -> [IMAPValue] {
        var values: [IMAPValue] = []
        while let byte = peek() {
            switch byte {
            case 13: index += 1
            case 10:
                index += 1
                return values
            case 0x20: index += 1
            case UInt8(ascii: ")"): index += 1
            default: values.append(try value(depth: 0))
            }
        }
        return values
    }

    private func peek() -> UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func value(depth: Int) throws(Malformed) -> IMAPValue {
        guard depth < Self.depth, let byte = peek() else { throw Malformed() }
        switch byte {
        case UInt8(ascii: "("): return try list(depth: depth)
        case UInt8(ascii: "\""): return .string(quoted())
        case UInt8(ascii: "{"):
            if let literal = try literal() { return literal }
            return .atom(atom())
        default: return .atom(atom())
        }
    }

    private mutating func list(depth: Int) throws(Malformed) -> IMAPValue {
        index += 1
        var values: [IMAPValue] = []
        while let byte = peek() {
            switch byte {
            case UInt8(ascii: ")"):
                index += 1
                return .list(values)
            case 0x20: index += 1
            case 13, 10: return .list(values)
            default: values.append(try value(depth: depth + 1))
            }
        }
        return .list(values)
    }

    private mutating func quoted() -> [UInt8] {
        index += 1
        var content: [UInt8] = []
        while let byte = peek(), byte != UInt8(ascii: "\""), byte != 10 {
            index += 1
            if byte == UInt8(ascii: "\\"), let next = peek() {
                content.append(next)
                index += 1
            } else {
                content.append(byte)
            }
        }
        if peek() == UInt8(ascii: "\"") { index += 1 }
        return content
    }

    /// `{123}` and a line break, then so many bytes; nil when it is none.
    private mutating func literal() throws(Malformed) -> IMAPValue? {
        var end = index + 1
        var count = 0
        while end < bytes.count, (0x30...0x39).contains(bytes[end]), count < 1 << 40 {
            count = count * 10 + Int(bytes[end] - 0x30)
            end += 1
        }
        guard end > index + 1, end < bytes.count, bytes[end] == UInt8(ascii: "}") else { return nil }
        end += 1
        if end < bytes.count, bytes[end] == 13 { end += 1 }
        guard end < bytes.count, bytes[end] == 10 else { return nil }
        end += 1
        guard count <= bytes.count - end else { throw Malformed() }
        index = end + count
        return .string(Array(bytes[end..<index]))
    }

    /// Up to a space or parenthesis; what stands in square brackets belongs to it (`BODY[HEADER.FIELDS (A B)]`).
    private mutating func atom() -> String {
        let start = index
        var brackets = 0
        while let byte = peek(), byte != 13, byte != 10 {
            if byte == UInt8(ascii: "[") { brackets += 1 }
            if byte == UInt8(ascii: "]") { brackets -= 1 }
            if brackets <= 0, byte == 0x20 || byte == UInt8(ascii: "(") || byte == UInt8(ascii: ")"), index > start {
                break
            }
            index += 1
        }
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }
}
