import Cryptography

/// Bodies of parts: transfer encodings and character sets.
enum ContentCoding {
    private static let hex = Array("0123456789ABCDEF".utf8)
    private static let lineLimit = 76
    /// What Windows-1252 has in 0x80…0x9F, where ISO 8859-1 has control characters.
    private static let windows: [UInt32] = [
        0x20AC, 0x81, 0x201A, 0x192, 0x201E, 0x2026, 0x2020, 0x2021, 0x2C6, 0x2030, 0x160, 0x2039, 0x152, 0x8D, 0x17D,
        0x8F,
        0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x2DC, 0x2122, 0x161, 0x203A, 0x153, 0x9D, 0x17E,
        0x178,
    ]

    /// Text as quoted-printable (RFC 2045 §6.7), CRLF between lines.
    static func quoted(_ text: String) -> [UInt8] {
        var output: [UInt8] = []
        var column = 0
        func put(_ bytes: [UInt8]) {
            if column + bytes.count > lineLimit - 1 {
                output += [UInt8(ascii: "="), 13, 10]
                column = 0
            }
            output += bytes
            column += bytes.count
        }
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (number, line) in lines.enumerated() {
            if number > 0 { output += [13, 10] }
            column = 0
            let bytes = Array(line.utf8)
            for (index, byte) in bytes.enumerated() {
                let isLast = index == bytes.count - 1
                let isSpace = byte == 0x20 || byte == 0x09
                let isPlain = (0x21...0x7E).contains(byte) && byte != UInt8(ascii: "=") || isSpace && !isLast
                // A dot or "From " at the start of a line is changed by some servers.
                let isRisky = column == 0 && (byte == UInt8(ascii: ".") || byte == UInt8(ascii: "F"))
                put(isPlain && !isRisky ? [byte] : [UInt8(ascii: "="), hex[Int(byte >> 4)], hex[Int(byte & 15)]])
            }
        }
        return output
    }

    /// The content behind a transfer encoding; what is wrong in it is left out.
    static func decode(_ bytes: [UInt8], _ encoding: String) -> [UInt8] {
        switch encoding.lowercased() {
        case "base64": return Base64.decodeForgiving(bytes)
        case "quoted-printable": return decodeQuoted(bytes, underscoreIsSpace: false)
        default: return bytes
        }
    }

    /// Quoted-printable, or the `Q` encoding of header fields.
    static func decodeQuoted(_ bytes: [UInt8], underscoreIsSpace: Bool) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if byte == UInt8(ascii: "_"), underscoreIsSpace {
                result.append(0x20)
            } else if byte == UInt8(ascii: "=") {
                // A soft line break, with white space servers have put behind it.
                var end = index
                while end < bytes.count, bytes[end] == 0x20 || bytes[end] == 0x09 || bytes[end] == 13 { end += 1 }
                if end < bytes.count, bytes[end] == 10 {
                    index = end + 1
                } else if index + 1 < bytes.count,
                    let value = UInt8(String(decoding: bytes[index...(index + 1)], as: UTF8.self), radix: 16)
                {
                    result.append(value)
                    index += 2
                } else {
                    result.append(byte)
                }
            } else {
                result.append(byte)
            }
        }
        return result
    }

    /// Bytes as text; UTF-8 unless the character set is a Western one of one byte.
    static func text(_ bytes: [UInt8], charset: String) -> String {
        switch charset.lowercased() {
        case "iso-8859-1", "latin1", "windows-1252", "cp1252", "iso-8859-15", "us-ascii":
            // Many who write US-ASCII or Latin 1 send UTF-8 or Windows-1252.
            if let text = String(validating: bytes, as: UTF8.self) { return text }
            var text = String.UnicodeScalarView()
            for byte in bytes {
                let value = (0x80...0x9F).contains(byte) ? windows[Int(byte) - 0x80] : UInt32(byte)
                if let scalar = Unicode.Scalar(value) { text.append(scalar) }
            }
            return String(text)
        default: return String(decoding: bytes, as: UTF8.self)
        }
    }
}
