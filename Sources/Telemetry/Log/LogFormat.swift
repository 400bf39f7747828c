import Calendar

/// Formats log lines as JSON, one object a line: pure, the time is given.
///
/// `{"ts":"2026-11-20T22:40:06.123Z","level":"info","message":"…","job":"…"}`; metadata follows in the order of its keys.
/// A line never exceeds 8 KiB: long values are cut first, then whole entries are left out, and `"truncated":true` says so.
package enum LogFormat {
    /// Longest line in bytes, with its newline.
    package static let lineLimit = 8192

    private static let reserved: Set<String> = ["ts", "level", "message", "truncated"]

    /// The line with its newline.
    ///
    /// - Parameter timestamp: milliseconds since 1970.
    package static func json(_ line: Logger.Line, timestamp: Int64) -> [UInt8] {
        let complete = encode(line, timestamp: timestamp, valueLimit: .max)
        if complete.count <= lineLimit { return complete }
        return encode(line, timestamp: timestamp, valueLimit: 1024)
    }

    private static func encode(_ line: Logger.Line, timestamp: Int64, valueLimit: Int) -> [UInt8] {
        let isComplete = valueLimit == .max
        let end = isComplete ? "}\n" : ",\"truncated\":true}\n"
        var bytes: [UInt8] = []
        bytes.reserveCapacity(512)
        bytes += "{\"ts\":\"".utf8
        bytes += Timestamp.text(timestamp).utf8
        bytes += "\",\"level\":\"".utf8
        bytes += line.level.rawValue.utf8
        bytes += "\",\"message\":".utf8
        append(line.message, limit: valueLimit, to: &bytes)
        for (key, value) in line.metadata.sorted(by: { $0.key < $1.key }) {
            let start = bytes.count
            bytes.append(UInt8(ascii: ","))
            append(reserved.contains(key) ? key + "_" : key, limit: valueLimit, to: &bytes)
            bytes.append(UInt8(ascii: ":"))
            append(value, limit: valueLimit, to: &bytes)
            if !isComplete, bytes.count + end.utf8.count > lineLimit { bytes.removeLast(bytes.count - start) }
        }
        bytes += end.utf8
        return bytes
    }

    /// A JSON string of at most about `limit` bytes; what is cut ends in `…`.
    private static func append(_ text: String, limit: Int, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        if text.utf8.count <= limit, text.utf8.allSatisfy(isPlain) {
            bytes += text.utf8
        } else {
            appendEscaped(text, limit: limit, to: &bytes)
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Whether a byte stands in a JSON string as it is, and in a terminal; most texts have no others.
    private static func isPlain(_ byte: UInt8) -> Bool {
        (0x20...0x7E).contains(byte) && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    private static func appendEscaped(_ text: String, limit: Int, to bytes: inout [UInt8]) {
        let start = bytes.count
        for scalar in text.unicodeScalars {
            if bytes.count - start >= limit {
                bytes += "…".utf8
                break
            }
            switch scalar {
            case "\"": bytes += [UInt8(ascii: "\\"), UInt8(ascii: "\"")]
            case "\\": bytes += [UInt8(ascii: "\\"), UInt8(ascii: "\\")]
            case "\n": bytes += [UInt8(ascii: "\\"), UInt8(ascii: "n")]
            // Terminals act on C0, DEL and C1; U+2028 and U+2029 break lines in some readers, the rest turns texts around.
            case "\u{00}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{2028}"..."\u{202E}", "\u{2066}"..."\u{2069}":
                let hex = String(scalar.value, radix: 16)
                bytes += ("\\u" + String(repeating: "0", count: 4 - hex.count) + hex).utf8
            case _ where scalar.isASCII: bytes.append(UInt8(truncatingIfNeeded: scalar.value))
            default: bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            }
        }
    }
}
