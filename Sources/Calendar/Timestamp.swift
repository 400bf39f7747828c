/// Milliseconds since 1970 as RFC 3339 in UTC.
package enum Timestamp {
    /// `2026-11-20T22:40:06.123Z`.
    ///
    /// Years before 0 and after 9999 have no form of four digits; theirs is as long as it must be.
    package static func text(_ milliseconds: Int64) -> String {
        let (days, inDay) = milliseconds.flooredDivision(by: 86_400_000)
        let date = CivilDate(daysSince1970: days)
        let (seconds, millisecond) = (Int(inDay / 1000), Int(inDay % 1000))
        let year = (0...9999).contains(date.year) ? "" : String(date.year)
        return String(unsafeUninitializedCapacity: year.utf8.count + 24) { buffer in
            var text = Writer(buffer: buffer)
            for byte in year.utf8 { text.put(byte) }
            if year.isEmpty { text.put(date.year, 4) }
            text.put(UInt8(ascii: "-"))
            text.put(date.month, 2)
            text.put(UInt8(ascii: "-"))
            text.put(date.day, 2)
            text.put(UInt8(ascii: "T"))
            text.put(seconds / 3600, 2)
            text.put(UInt8(ascii: ":"))
            text.put(seconds / 60 % 60, 2)
            text.put(UInt8(ascii: ":"))
            text.put(seconds % 60, 2)
            text.put(UInt8(ascii: "."))
            text.put(millisecond, 3)
            text.put(UInt8(ascii: "Z"))
            return text.count
        }
    }

    private struct Writer {
        let buffer: UnsafeMutableBufferPointer<UInt8>
        private(set) var count = 0

        init(buffer: UnsafeMutableBufferPointer<UInt8>) { self.buffer = buffer }

        mutating func put(_ byte: UInt8) {
            buffer[count] = byte
            count += 1
        }

        /// A number with zeros before it.
        mutating func put(_ number: Int, _ width: Int) {
            var rest = number
            for place in (count..<count + width).reversed() {
                buffer[place] = UInt8(ascii: "0") + UInt8(rest % 10)
                rest /= 10
            }
            count += width
        }
    }
}
