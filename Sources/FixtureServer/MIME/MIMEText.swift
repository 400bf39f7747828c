import Cryptography

/// The encodings of text within MIME (RFC 2045, RFC 2047).
enum MIMEText {
    /// Bytes in a charset as text; charsets nobody knows are read as UTF-8.
    static func string(_ bytes: [UInt8], charset: String) -> String {
        switch charset.lowercased() {
        case "iso-8859-1", "latin1", "windows-1252":
            String(String.UnicodeScalarView(bytes.map { UnicodeScalar($0) }))
        default: String(decoding: bytes, as: UTF8.self)
        }
    }

    /// Takes the quoted-printable encoding off.
    static func unquoted(_ bytes: some Sequence<UInt8>, underscoreIsSpace: Bool = false) -> [UInt8] {
        var result: [UInt8] = []
        var rest = Array(bytes)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "_"), underscoreIsSpace {
                result.append(0x20)
            } else if byte != UInt8(ascii: "=") {
                result.append(byte)
            } else if rest.first == 0x0A {
                rest.removeFirst()
            } else if rest.prefix(2).elementsEqual([0x0D, 0x0A]) {
                rest = rest.dropFirst(2)
            } else if let byte = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) {
                result.append(byte)
                rest = rest.dropFirst(2)
            } else {
                result.append(byte)
            }
        }
        return result
    }

    static func percentDecoded(_ text: Substring) -> String {
        PercentCoding.decode(text) ?? String(text)
    }

    /// A header's value with its encoded words, `=?utf-8?B?…?=`, read.
    static func decodedWords(_ value: String) -> String {
        var result = ""
        var rest = Substring(value)
        var wasEncoded = false
        while let start = rest.firstRange(of: "=?") {
            let before = rest[..<start.lowerBound]
            let fields = rest[start.upperBound...].split(separator: "?", maxSplits: 3, omittingEmptySubsequences: false)
            guard fields.count == 4, fields[3].first == "=", let text = word(fields[0], fields[1], fields[2]) else {
                result += rest[..<start.upperBound]
                rest = rest[start.upperBound...]
                wasEncoded = false
                continue
            }
            // White space between two encoded words stands for nothing.
            if !(wasEncoded && before.allSatisfy(\.isWhitespace)) { result += before }
            result += text
            wasEncoded = true
            rest = fields[3].dropFirst()
        }
        return result + rest
    }

    private static func word(_ charset: Substring, _ encoding: Substring, _ text: Substring) -> String? {
        switch encoding.lowercased() {
        case "b": (try? Base64.decode(String(text))).map { string($0, charset: String(charset)) }
        case "q": string(unquoted(text.utf8, underscoreIsSpace: true), charset: String(charset))
        default: nil
        }
    }

    /// A header's value in ASCII: encoded words of at most 75 characters when it has anything else.
    static func encodedWords(_ value: String) -> String {
        guard value.utf8.contains(where: { $0 > 0x7E || $0 < 0x20 }) else { return value }
        var words: [String] = []
        var piece: [UInt8] = []
        for character in value {
            if piece.count + character.utf8.count > 42 {
                words.append(Base64.encode(piece))
                piece = []
            }
            piece += Array(character.utf8)
        }
        words.append(Base64.encode(piece))
        return words.map { "=?utf-8?B?\($0)?=" }.joined(separator: "\r\n ")
    }

    /// Base64 in lines of 76 characters.
    static func base64Lines(_ bytes: [UInt8]) -> String {
        var lines: [Substring] = []
        var rest = Base64.encode(bytes)[...]
        while !rest.isEmpty {
            lines.append(rest.prefix(76))
            rest = rest.dropFirst(76)
        }
        return lines.joined(separator: "\r\n")
    }
}
