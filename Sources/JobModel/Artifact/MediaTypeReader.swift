import HTTPSyntax

/// Reads `type/subtype; name=value; name="value"` (RFC 9110 §8.3.1).
struct MediaTypeReader {
    private var rest: Substring.UTF8View

    init(_ text: String) { rest = Substring(text).utf8 }

    /// Whether all of it is one.
    mutating func isWhole() -> Bool {
        guard takeToken(), take(UInt8(ascii: "/")), takeToken() else { return false }
        while true {
            skipSpace()
            guard !rest.isEmpty else { return true }
            guard take(UInt8(ascii: ";")) else { return false }
            skipSpace()
            // A parameter may be missing (§5.6.6).
            guard !rest.isEmpty, rest.first != UInt8(ascii: ";") else { continue }
            guard takeToken(), take(UInt8(ascii: "=")), takeQuoted() || takeToken() else { return false }
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard rest.first == byte else { return false }
        rest.removeFirst()
        return true
    }

    private mutating func skipSpace() { rest = rest.drop { $0 == UInt8(ascii: " ") } }

    private mutating func takeToken() -> Bool {
        let token = rest.prefix(while: HTTPToken.mayHold)
        rest = rest.dropFirst(token.count)
        return !token.isEmpty
    }

    /// Takes nothing when it is not closed.
    private mutating func takeQuoted() -> Bool {
        guard rest.first == UInt8(ascii: "\"") else { return false }
        var isEscaped = false
        for (count, byte) in rest.enumerated().dropFirst() {
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                rest = rest.dropFirst(count + 1)
                return true
            }
        }
        return false
    }
}
