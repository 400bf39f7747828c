/// Looks for the bytes that cannot stand in a JSON string as they are (RFC 8259 §7): quotes, backslashes, control bytes.
///
/// Eight bytes at a time: files travel as base64 in strings of many thousands.
struct StringScan {
    /// Where the first of them is; the end when there is none.
    private(set) var end: Int
    /// Whether all before it is ASCII.
    private(set) var isASCII: Bool

    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let tops: UInt64 = 0x8080_8080_8080_8080

    init(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) {
        var (end, seen) = (start, UInt64(0))
        let raw = UnsafeRawBufferPointer(bytes)
        while end + 8 <= raw.count {
            let word = raw.loadUnaligned(fromByteOffset: end, as: UInt64.self)
            guard !Self.holdsSpecial(word) else { break }
            seen |= word
            end += 8
        }
        while end < raw.count, !Self.isSpecial(raw[end]) {
            seen |= UInt64(raw[end])
            end += 1
        }
        self.end = end
        isASCII = seen & Self.tops == 0
    }

    private static func isSpecial(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    /// True when one of the eight is special, and of a few that are not: a borrow runs from one that is into the next.
    private static func holdsSpecial(_ word: UInt64) -> Bool {
        let quote = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
        let backslash = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
        let control = (word &- (ones &* 0x20)) & ~word
        return (control | ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash)) & tops != 0
    }
}
