import Cryptography

/// Bytes of a text, read as one that may be escaped for a URL, a form, HTML or JSON.
///
/// Valid only as long as the buffer is.
struct EscapedText {
    private static let entities: [String: UInt32] = [
        "amp": 0x26, "lt": 0x3C, "gt": 0x3E, "quot": 0x22, "apos": 0x27, "nbsp": 0xA0,
    ]
    /// What follows a backslash, and what it means.
    private static let shortEscapes: [UInt8: UInt32] = [
        0x22: 0x22, 0x27: 0x27, 0x2F: 0x2F, 0x5C: 0x5C, 0x62: 0x08, 0x66: 0x0C, 0x6E: 0x0A, 0x72: 0x0D, 0x74: 0x09,
    ]
    /// Bytes of the longest reference, as `&#x10FFFF;`, with two zeros to spare.
    private static let longestReference = 12

    let bytes: UnsafeBufferPointer<UInt8>

    /// Where the character that stands at `place` as it is ends; nil when another stands there.
    func endOfPlain(_ character: Unicode.Scalar, at place: Int) -> Int? {
        guard bytes[min(place, bytes.count)...].starts(with: character.utf8) else { return nil }
        return place + character.utf8.count
    }

    /// Where the character that stands at `place` escaped ends; nil when none or another does.
    func endOfEscape(of character: Unicode.Scalar, at place: Int) -> Int? {
        switch byte(at: place) {
        case 0x25: endOfPercent(character, at: place)
        case 0x26: endOfReference(character, at: place)
        case 0x5C: endOfBackslash(character, at: place)
        case 0x2B where character == " ": place + 1
        default: nil
        }
    }

    // MARK: Kinds of escapes

    private func endOfPercent(_ character: Unicode.Scalar, at place: Int) -> Int? {
        let utf8 = character.utf8
        if utf8.enumerated().allSatisfy({ percentByte(at: place + 3 * $0.offset) == $0.element }) {
            return place + 3 * utf8.count
        }
        let isLatin1 = (0x80...0xFF).contains(character.value)
        return isLatin1 && percentByte(at: place) == UInt8(truncatingIfNeeded: character.value) ? place + 3 : nil
    }

    private func percentByte(at place: Int) -> UInt8? {
        guard byte(at: place) == 0x25 else { return nil }
        return hexNumber(of: 2, at: place + 1).map(UInt8.init(truncatingIfNeeded:))
    }

    private func endOfReference(_ character: Unicode.Scalar, at place: Int) -> Int? {
        let rest = bytes[(place + 1)...].prefix(Self.longestReference)
        guard let semicolon = rest.firstIndex(of: 0x3B) else { return nil }
        let name = String(decoding: rest[..<semicolon], as: UTF8.self)
        let value: UInt32? =
            if name.hasPrefix("#x") || name.hasPrefix("#X") {
                UInt32(name.dropFirst(2), radix: 16)
            } else if name.hasPrefix("#") {
                UInt32(name.dropFirst())
            } else {
                Self.entities[name]
            }
        return value == character.value ? semicolon + 1 : nil
    }

    private func endOfBackslash(_ character: Unicode.Scalar, at place: Int) -> Int? {
        let utf16 = character.utf16
        if utf16.enumerated().allSatisfy({ codeUnit(at: place + 6 * $0.offset) == $0.element }) {
            return place + 6 * utf16.count
        }
        guard let letter = byte(at: place + 1), Self.shortEscapes[letter] == character.value else { return nil }
        return place + 2
    }

    private func codeUnit(at place: Int) -> UInt16? {
        guard byte(at: place) == 0x5C, byte(at: place + 1) == 0x75 else { return nil }
        return hexNumber(of: 4, at: place + 2)
    }

    private func hexNumber(of digits: Int, at place: Int) -> UInt16? {
        var number: UInt16 = 0
        for offset in 0..<digits {
            guard let digit = byte(at: place + offset).flatMap(Hex.value(of:)) else { return nil }
            number = number << 4 | UInt16(digit)
        }
        return number
    }

    private func byte(at place: Int) -> UInt8? { place < bytes.count ? bytes[place] : nil }
}
