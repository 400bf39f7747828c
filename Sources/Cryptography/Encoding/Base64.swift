/// Base64 in its two alphabets (RFC 4648 §4 and §5), read strictly.
package enum Base64 {
    private struct Alphabet {
        let digits: [UInt8]
        /// Two digits for each twelve bits, the first in the lower byte: files of megabytes go through it.
        let pairs: [UInt16]

        init(_ text: String) {
            let digits = Array(text.utf8)
            self.digits = digits
            pairs = (0..<4096).map { UInt16(digits[$0 >> 6]) | UInt16(digits[$0 & 63]) << 8 }
        }
    }

    private static let standard = Alphabet("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    private static let urlSafe = Alphabet("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")

    /// The standard alphabet, with padding.
    package static func encode(_ bytes: [UInt8]) -> String { encode(bytes, standard, padded: true) }
    /// The alphabet for URLs and tokens, without padding.
    package static func encodeURL(_ bytes: [UInt8]) -> String { encode(bytes, urlSafe, padded: false) }

    /// Reads the standard alphabet; padding is required, white space refused.
    ///
    /// - Throws: `CryptographyError` with `malformedEncoding`.
    package static func decode(_ text: String) throws -> [UInt8] {
        var digits = Array(text.utf8)
        guard digits.count % 4 == 0 else { throw malformed("its length is no multiple of 4") }
        for _ in 0..<2 where digits.last == UInt8(ascii: "=") { digits.removeLast() }
        return try decode(digits, standardValues)
    }

    /// Reads the standard alphabet as it comes in other people's mail: what is outside of it is passed over, and bits left
    /// over at the end are forgiven.
    package static func decodeForgiving(_ text: [UInt8]) -> [UInt8] {
        read(text.filter { standardValues[Int($0)] < 64 }, standardValues)?.bytes ?? []
    }

    /// Reads the alphabet for URLs; padding is refused.
    ///
    /// - Throws: `CryptographyError` with `malformedEncoding`.
    package static func decodeURL(_ text: String) throws -> [UInt8] {
        try decode(Array(text.utf8), urlSafeValues)
    }

    private static func encode(_ bytes: [UInt8], _ alphabet: Alphabet, padded: Bool) -> String {
        String(unsafeUninitializedCapacity: (bytes.count + 2) / 3 * 4) { text in
            bytes.withUnsafeBufferPointer { bytes in
                let count = alphabet.pairs.withUnsafeBufferPointer { writePairs(bytes, as: $0, into: text) }
                let rest = UnsafeBufferPointer(rebasing: bytes[(count / 8 * 6)...])
                return alphabet.digits.withUnsafeBufferPointer { digits in
                    count + write(rest, as: digits, padded, into: .init(rebasing: text[count...]))
                }
            }
        }
    }

    /// Writes eight digits for each six bytes, while there are two more that it may look at; returns how many digits.
    private static func writePairs(
        _ bytes: UnsafeBufferPointer<UInt8>,
        as pairs: UnsafeBufferPointer<UInt16>,
        into text: UnsafeMutableBufferPointer<UInt8>
    ) -> Int {
        let (source, target) = (UnsafeRawBufferPointer(bytes), UnsafeMutableRawBufferPointer(text))
        var (index, count) = (0, 0)
        while index + 8 <= source.count {
            let group = UInt64(bigEndian: source.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            let first = UInt64(pairs[Int(group >> 52)]) | UInt64(pairs[Int(group >> 40 & 4095)]) << 16
            let last = UInt64(pairs[Int(group >> 28 & 4095)]) | UInt64(pairs[Int(group >> 16 & 4095)]) << 16
            target.storeBytes(of: (first | last << 32).littleEndian, toByteOffset: count, as: UInt64.self)
            (index, count) = (index + 6, count + 8)
        }
        return count
    }

    /// Writes the text of `bytes`; returns how long it is.
    private static func write(
        _ bytes: UnsafeBufferPointer<UInt8>,
        as alphabet: UnsafeBufferPointer<UInt8>,
        _ isPadded: Bool,
        into text: UnsafeMutableBufferPointer<UInt8>
    ) -> Int {
        var (index, count) = (0, 0)
        while index + 3 <= bytes.count {
            let group = Int(bytes[index]) << 16 | Int(bytes[index + 1]) << 8 | Int(bytes[index + 2])
            text[count] = alphabet[group >> 18]
            text[count + 1] = alphabet[group >> 12 & 63]
            text[count + 2] = alphabet[group >> 6 & 63]
            text[count + 3] = alphabet[group & 63]
            (index, count) = (index + 3, count + 4)
        }
        let rest = bytes.count - index
        guard rest > 0 else { return count }
        let group = Int(bytes[index]) << 16 | (rest > 1 ? Int(bytes[index + 1]) << 8 : 0)
        for position in 0...rest { text[count + position] = alphabet[group >> (18 - 6 * position) & 63] }
        count += rest + 1
        guard isPadded else { return count }
        for position in count..<count + 3 - rest { text[position] = UInt8(ascii: "=") }
        return count + 3 - rest
    }

    private static func decode(_ digits: [UInt8], _ values: [UInt8]) throws -> [UInt8] {
        guard digits.count % 4 != 1 else { throw malformed("it is cut off") }
        guard let (bytes, leftover) = read(digits, values) else {
            throw malformed("it has a character outside the alphabet")
        }
        // Non-zero leftover bits would give one value two spellings.
        guard leftover == 0 else { throw malformed("its last character has bits left over") }
        return bytes
    }

    /// The bytes, and the bits at the end that make no whole one; nil when a digit is outside the alphabet.
    private static func read(_ digits: [UInt8], _ values: [UInt8]) -> (bytes: [UInt8], leftover: UInt32)? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 4 * 3 + 2)
        var bits: UInt32 = 0
        var count = 0
        let isValid = digits.withUnsafeBufferPointer { digits in
            values.withUnsafeBufferPointer { values in
                for digit in digits {
                    let value = values[Int(digit)]
                    guard value < 64 else { return false }
                    bits = bits << 6 | UInt32(value)
                    count += 6
                    guard count >= 8 else { continue }
                    count -= 8
                    bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
                }
                return true
            }
        }
        return isValid ? (bytes, bits & (1 << UInt32(count) - 1)) : nil
    }

    private static let standardValues = reverse(standard.digits)
    private static let urlSafeValues = reverse(urlSafe.digits)

    /// The value of each character; 255 for those outside the alphabet.
    private static func reverse(_ alphabet: [UInt8]) -> [UInt8] {
        var values = [UInt8](repeating: 255, count: 256)
        for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
        return values
    }

    private static func malformed(_ why: String) -> CryptographyError {
        CryptographyError(code: .malformedEncoding, message: "Not base64: \(why)")
    }
}
