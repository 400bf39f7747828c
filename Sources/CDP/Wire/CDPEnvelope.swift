/// The outer members of a message, found without reading what is inside `params` and `result`.
///
/// Most events of Chromium interest nobody; finding that out must not cost building their JSON.
struct CDPEnvelope: Equatable {
    /// Present in replies.
    var id: Int?
    /// Present in events.
    var method: String?
    var sessionID: String?
    /// Where `result`, `error` and `params` stand in the message.
    var result: Range<Int>?
    var error: Range<Int>?
    var parameters: Range<Int>?

    /// - Returns: nil when the message is no JSON object.
    init?(scanning message: UnsafeBufferPointer<UInt8>) {
        var scanner = Scanner(bytes: message)
        let isValid = scanner.readMembers { key, range, scanner in
            switch key {
            case "id": id = scanner.integer(in: range)
            case "method": method = scanner.string(in: range)
            case "sessionId": sessionID = scanner.string(in: range)
            case "result": result = range
            case "error": error = range
            case "params": parameters = range
            default: break
            }
        }
        guard isValid else { return nil }
    }
}

/// Walks over one JSON object; values are skipped, not read.
private struct Scanner {
    let bytes: UnsafeBufferPointer<UInt8>
    var position = 0

    /// Calls `body` with each member; false when this is no object.
    mutating func readMembers(_ body: (String, Range<Int>, Scanner) -> Void) -> Bool {
        skipSpace()
        guard take(UInt8(ascii: "{")) else { return false }
        skipSpace()
        if take(UInt8(ascii: "}")) { return true }
        repeat {
            skipSpace()
            guard let key = readKey() else { return false }
            skipSpace()
            guard take(UInt8(ascii: ":")) else { return false }
            skipSpace()
            let start = position
            guard skipValue() else { return false }
            body(key, start..<position, self)
            skipSpace()
        } while take(UInt8(ascii: ","))
        return take(UInt8(ascii: "}"))
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace() {
        while position < bytes.count, bytes[position] <= UInt8(ascii: " ") { position += 1 }
    }

    private mutating func readKey() -> String? {
        let start = position
        guard skipString() else { return nil }
        return string(in: start..<position)
    }

    private mutating func skipString() -> Bool {
        guard take(UInt8(ascii: "\"")) else { return false }
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                position += 1
                return true
            case UInt8(ascii: "\\"): position += 2
            default: position += 1
            }
        }
        return false
    }

    private mutating func skipValue() -> Bool {
        guard position < bytes.count else { return false }
        switch bytes[position] {
        case UInt8(ascii: "\""): return skipString()
        case UInt8(ascii: "{"), UInt8(ascii: "["): return skipNested()
        default:
            let start = position
            while position < bytes.count, !Self.endsScalar(bytes[position]) { position += 1 }
            return position > start
        }
    }

    private static func endsScalar(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") || byte <= UInt8(ascii: " ")
    }

    private mutating func skipNested() -> Bool {
        var depth = 0
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                guard skipString() else { return false }
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            default: break
            }
            position += 1
            if depth == 0 { return true }
        }
        return false
    }

    /// A string without escapes, as method names and session ids are.
    func string(in range: Range<Int>) -> String? {
        guard range.count >= 2, bytes[range.lowerBound] == UInt8(ascii: "\"") else { return nil }
        let text = bytes[range.lowerBound + 1..<range.upperBound - 1]
        return text.contains(UInt8(ascii: "\\")) ? nil : String(decoding: text, as: UTF8.self)
    }

    func integer(in range: Range<Int>) -> Int? {
        Int(String(decoding: bytes[range], as: UTF8.self))
    }
}
