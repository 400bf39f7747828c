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
        let end = Array((isComplete ? "}\n" : ",\"truncated\":true}\n").utf8)
        var bytes = Array(
            "{\"ts\":\"\(Timestamp.text(timestamp))\",\"level\":\"\(line.level.rawValue)\",\"message\":".utf8
        )
        append(line.message, limit: valueLimit, to: &bytes)
        for key in line.metadata.keys.sorted() {
            var entry = [UInt8(ascii: ",")]
            append(reserved.contains(key) ? key + "_" : key, limit: valueLimit, to: &entry)
            entry.append(UInt8(ascii: ":"))
            append(line.metadata[key] ?? "", limit: valueLimit, to: &entry)
            if !isComplete, bytes.count + entry.count + end.count > lineLimit { continue }
            bytes += entry
        }
        return bytes + end
    }

    /// A JSON string of at most about `limit` bytes; what is cut ends in `…`.
    private static func append(_ text: String, limit: Int, to bytes: inout [UInt8]) {
        let start = bytes.count
        bytes.append(UInt8(ascii: "\""))
        for scalar in text.unicodeScalars {
            if bytes.count - start > limit {
                bytes += Array("…".utf8)
                break
            }
            switch scalar {
            case "\"": bytes += [UInt8(ascii: "\\"), UInt8(ascii: "\"")]
            case "\\": bytes += [UInt8(ascii: "\\"), UInt8(ascii: "\\")]
            case "\n": bytes += [UInt8(ascii: "\\"), UInt8(ascii: "n")]
            // Terminals act on C0, DEL and C1; U+2028 and U+2029 break lines in some readers.
            case "\u{00}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}":
                let hex = String(scalar.value, radix: 16)
                bytes += Array(("\\u" + String(repeating: "0", count: 4 - hex.count) + hex).utf8)
            case _ where scalar.isASCII: bytes.append(UInt8(truncatingIfNeeded: scalar.value))
            default: bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
