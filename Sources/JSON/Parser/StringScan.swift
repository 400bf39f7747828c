/// Looks for the bytes that cannot stand in a JSON string as they are (RFC 8259 §7): quotes, backslashes, control bytes.
///
/// Sixteen bytes at a time: files travel as base64 in strings of many thousands.
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
        while end + 16 <= raw.count {
            let first = raw.loadUnaligned(fromByteOffset: end, as: UInt64.self)
            let second = raw.loadUnaligned(fromByteOffset: end + 8, as: UInt64.self)
            guard (Self.specials(first) | Self.specials(second)) & Self.tops == 0 else { break }
            seen |= first | second
            end += 16
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

    /// Has the top bit of each of eight bytes that is special, and of a few that are not: a borrow runs from one that is into
    /// the next.
    private static func specials(_ word: UInt64) -> UInt64 {
        // With this bit turned, a quote is 0x20 and stands next to the control bytes, which stay among themselves.
        let turned = word ^ (ones &* 0x02)
        let backslash = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
        return ((turned &- ones &* 0x21) & ~turned) | ((backslash &- ones) & ~backslash)
    }
}
