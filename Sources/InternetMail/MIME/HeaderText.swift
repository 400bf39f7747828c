import Cryptography

/// Text in header fields: encoded words (RFC 2047) and parameters (RFC 2231), written and read.
enum HeaderText {
    /// The longest encoded word, and what stands around its content: `=?UTF-8?B?` and `?=`.
    private static let wordLimit = 75
    private static let frame = 12

    /// Text for an unstructured field: as it is when plain, else in encoded words, folded.
    static func encode(_ text: String) -> String {
        guard !isPlain(text) else { return text }
        var words: [String] = []
        var bytes: [UInt8] = []
        // Base64 makes four characters of three bytes; a character is never cut in two.
        let room = (wordLimit - frame) / 4 * 3
        for character in text.unicodeScalars {
            let scalar = Array(String(character).utf8)
            if bytes.count + scalar.count > room {
                words.append("=?UTF-8?B?\(Base64.encode(bytes))?=")
                bytes = []
            }
            bytes += scalar
        }
        words.append("=?UTF-8?B?\(Base64.encode(bytes))?=")
        return words.joined(separator: "\r\n ")
    }

    /// `Name <address>`; the name quoted when it is plain, else encoded.
    static func mailbox(name: String?, address: String) -> String {
        guard let name else { return address }
        guard isPlain(name) else { return "\(encode(name)) <\(address)>" }
        let escaped = name.reduce(into: "") { result, character in
            if character == "\"" || character == "\\" { result.append("\\") }
            result.append(character)
        }
        return "\"\(escaped)\" <\(address)>"
    }

    /// `; name="value"`, or in parts with character set when the value is not plain or long.
    static func parameter(_ name: String, _ value: String) -> String {
        if isPlain(value), value.utf8.count <= 60, !value.contains(where: { $0 == "\"" || $0 == "\\" }) {
            return ";\r\n \(name)=\"\(value)\""
        }
        var parts: [String] = []
        var part = ""
        for byte in value.utf8 {
            let encoded = PercentCoding.encode(bytes: CollectionOfOne(byte))
            if part.utf8.count + encoded.utf8.count > 60 {
                parts.append(part)
                part = ""
            }
            part += encoded
        }
        parts.append(part)
        guard parts.count > 1 else { return ";\r\n \(name)*=UTF-8''\(part)" }
        return parts.enumerated().map { index, part in
            ";\r\n \(name)*\(index)*=\(index == 0 ? "UTF-8''" : "")\(part)"
        }.joined()
    }

    private static func isPlain(_ text: String) -> Bool {
        text.utf8.allSatisfy { (0x20...0x7E).contains($0) } && !text.contains("=?") && text.utf8.count <= 900
    }

    // MARK: Reading

    /// Text with its encoded words decoded; white space between two of them is none.
    static func decode(_ text: String) -> String {
        var result = ""
        var rest = Substring(text)
        var wasWord = false
        while let start = rest.firstRange(of: "=?") {
            let before = rest[..<start.lowerBound]
            let inner = rest[start.upperBound...].split(separator: "?", maxSplits: 3, omittingEmptySubsequences: false)
            guard inner.count == 4, inner[3].first == "=", let word = word(inner) else {
                result += before + "=?"
                rest = rest[start.upperBound...]
                wasWord = false
                continue
            }
            if !wasWord || !before.allSatisfy(\.isWhitespace) { result += before }
            result += word
            rest = inner[3].dropFirst()
            wasWord = true
        }
        return result + rest
    }

    private static func word(_ parts: [Substring]) -> String? {
        let bytes: [UInt8]?
        switch parts[1].lowercased() {
        case "b": bytes = ContentCoding.decode(Array(parts[2].utf8), "base64")
        case "q": bytes = ContentCoding.decodeQuoted(Array(parts[2].utf8), underscoreIsSpace: true)
        default: bytes = nil
        }
        // A language may stand behind the character set (RFC 2231 §5).
        let charset = parts[0].prefix { $0 != "*" }
        return bytes.map { ContentCoding.text($0, charset: String(charset)) }
    }

    /// The value and the parameters of `Content-Type` and its kin, names in lower case.
    static func parameters(_ field: String) -> (value: String, parameters: [String: String]) {
        let parts = split(field)
        var plain: [String: String] = [:]
        var pieces: [String: [(index: Int, isEncoded: Bool, text: String)]] = [:]
        for part in parts.dropFirst() {
            guard let equals = part.firstIndex(of: "=") else { continue }
            var name = trimmed(String(part[..<equals])).lowercased()
            let value = unquoted(trimmed(String(part[part.index(after: equals)...])))
            guard let star = name.firstIndex(of: "*") else {
                plain[name] = plain[name] ?? decode(value)
                continue
            }
            let suffix = name[name.index(after: star)...]
            name = String(name[..<star])
            let isEncoded = suffix.isEmpty || suffix.hasSuffix("*")
            pieces[name, default: []].append((Int(suffix.prefix { $0.isNumber }) ?? 0, isEncoded, value))
        }
        for (name, parts) in pieces { plain[name] = joined(parts.sorted { $0.index < $1.index }) }
        return (trimmed(parts.first ?? "").lowercased(), plain)
    }

    private static func joined(_ parts: [(index: Int, isEncoded: Bool, text: String)]) -> String {
        var charset = "utf-8"
        var bytes: [UInt8] = []
        for (position, part) in parts.enumerated() {
            var text = Substring(part.text)
            if position == 0, part.isEncoded {
                let halves = text.split(separator: "'", maxSplits: 2, omittingEmptySubsequences: false)
                if halves.count == 3 {
                    charset = String(halves[0])
                    text = halves[2]
                }
            }
            bytes += part.isEncoded ? percentDecoded(text) : Array(text.utf8)
        }
        return ContentCoding.text(bytes, charset: charset)
    }

    private static func percentDecoded(_ text: Substring) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = text.utf8
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let value = UInt8(String(Substring(rest.prefix(2))), radix: 16) {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return bytes
    }

    /// At semicolons outside of quotes.
    private static func split(_ field: String) -> [String] {
        var parts = [""]
        var isQuoted = false
        var isEscaped = false
        for character in field {
            if character == ";", !isQuoted {
                parts.append("")
                continue
            }
            if character == "\"", !isEscaped { isQuoted.toggle() }
            isEscaped = character == "\\" && isQuoted && !isEscaped
            parts[parts.count - 1].append(character)
        }
        return parts
    }

    private static func unquoted(_ text: String) -> String {
        guard text.count >= 2, text.first == "\"", text.last == "\"" else { return text }
        var result = ""
        var isEscaped = false
        for character in text.dropFirst().dropLast() {
            if character == "\\", !isEscaped {
                isEscaped = true
                continue
            }
            isEscaped = false
            result.append(character)
        }
        return result
    }

    static func trimmed(_ text: String) -> String {
        var text = text[...]
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
