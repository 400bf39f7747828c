import Cryptography

/// Text as a detector reads it: one byte a character, hidden characters gone, look-alikes made plain.
///
/// Spaces of every kind are spaces, full-width and Arabic digits digits, dashes `-`; letters beyond ASCII are `letter`. HTML
/// entities and percent escapes of these count as what they stand for.
struct PlainText {
    /// Stands for a letter that is not ASCII.
    static let letter: UInt8 = 1
    /// Stands for anything else.
    static let other: UInt8 = 2

    private(set) var bytes: [UInt8]
    /// Where each byte began in the source, and the source's end; nil when nothing was changed.
    private var places: [Int32]?
    private let sourceCount: Int

    init(_ source: [UInt8]) {
        sourceCount = source.count
        if source.allSatisfy({ $0 < 0x80 && $0 != UInt8(ascii: "&") && $0 != UInt8(ascii: "%") }) {
            bytes = source
            return
        }
        bytes = []
        bytes.reserveCapacity(source.count)
        var places: [Int32] = []
        places.reserveCapacity(source.count + 1)
        var index = 0
        while index < source.count {
            let (scalar, length) = Self.scalar(source, at: index)
            if let byte = Self.plain(scalar) {
                bytes.append(byte)
                places.append(Int32(clamping: index))
            }
            index += length
        }
        places.append(Int32(clamping: source.count))
        self.places = places
    }

    /// The part of the source that these bytes came from.
    func source(_ range: Range<Int>) -> Range<Int> {
        guard let places else { return range }
        // Up to the byte after the last one, without hidden characters behind it.
        let last = Int(places[range.upperBound - 1])
        return Int(places[range.lowerBound])..<min(sourceCount, max(last + 1, Int(places[range.upperBound])))
    }

    private static func scalar(_ bytes: [UInt8], at index: Int) -> (UInt32, Int) {
        let first = bytes[index]
        if first == UInt8(ascii: "&"), let entity = entity(bytes, at: index) { return entity }
        if first == UInt8(ascii: "%"), let escaped = escaped(bytes, at: index) { return escaped }
        let scalar = scalar(first) { index + $0 < bytes.count ? bytes[index + $0] : nil }
        return scalar ?? (0xFFFD, 1)
    }

    /// The character of UTF-8 that begins with `first`, and its bytes; nil when it is none.
    private static func scalar(_ first: UInt8, _ following: (Int) -> UInt8?) -> (UInt32, Int)? {
        if first < 0x80 { return (UInt32(first), 1) }
        let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1
        guard length > 1 else { return nil }
        var value = UInt32(first) & (0x7F >> UInt32(length))
        for offset in 1..<length {
            guard let byte = following(offset), byte & 0xC0 == 0x80 else { return nil }
            value = value << 6 | UInt32(byte & 0x3F)
        }
        return (value, length)
    }

    /// `%40`, `%C2%A0`, and `%A0` of Latin-1.
    private static func escaped(_ bytes: [UInt8], at index: Int) -> (UInt32, Int)? {
        func byte(_ offset: Int) -> UInt8? {
            let place = index + 3 * offset
            guard place + 2 < bytes.count, bytes[place] == UInt8(ascii: "%"),
                let high = Hex.value(of: bytes[place + 1]), let low = Hex.value(of: bytes[place + 2])
            else { return nil }
            return high << 4 | low
        }
        guard let first = byte(0) else { return nil }
        let (value, length) = scalar(first, byte) ?? (UInt32(first), 1)
        return (value, 3 * length)
    }

    /// `&#64;`, `&#x40;`, and the names that stand in addresses and numbers.
    private static func entity(_ bytes: [UInt8], at index: Int) -> (UInt32, Int)? {
        guard let end = bytes[index...].prefix(10).firstIndex(of: UInt8(ascii: ";")), end > index + 1 else {
            return nil
        }
        let name = String(decoding: bytes[(index + 1)..<end], as: UTF8.self)
        let length = end + 1 - index
        if name.hasPrefix("#") {
            let digits = name.dropFirst()
            let value = digits.lowercased().hasPrefix("x") ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
            return value.map { ($0, length) }
        }
        let names: [String: UInt32] = [
            "nbsp": 0xA0, "commat": 0x40, "period": 0x2E, "shy": 0xAD, "plus": 0x2B, "sol": 0x2F, "zwnj": 0x200C,
            "zwj": 0x200D, "amp": 0x26,
        ]
        return names[name].map { ($0, length) }
    }

    /// The byte for a character; nil for one that nobody sees.
    private static func plain(_ scalar: UInt32) -> UInt8? {
        switch scalar {
        case 0..<0x80: UInt8(scalar)
        case 0xAD, 0x34F, 0x61C, 0x180E, 0x200B...0x200F, 0x202A...0x202E, 0x2060...0x2069, 0xFE00...0xFE0F, 0xFEFF: nil
        case 0xA0, 0x1680, 0x2000...0x200A, 0x202F, 0x205F, 0x3000: UInt8(ascii: " ")
        case 0x2010...0x2015, 0x2212, 0xFE58, 0xFE63: UInt8(ascii: "-")
        case 0xFF01...0xFF5E: UInt8(scalar - 0xFEE0)
        case 0x660...0x669: UInt8(scalar - 0x660) + 0x30
        case 0x6F0...0x6F9: UInt8(scalar - 0x6F0) + 0x30
        case 0xC0...0x24F where scalar != 0xD7 && scalar != 0xF7: letter
        case 0x370...0x1FFF: letter
        default: other
        }
    }
}
