import Cryptography

/// Text as it is read: escapes of addresses and of HTML, and the wide characters of East Asian fonts, in plain.
enum SpelledText {
    /// Escapes inside of escapes that are looked into: `%2540`.
    private static let depth = 3

    /// The text as it is, and as it reads with its escapes taken out, once and again while there are any.
    static func forms(of text: String) -> [String] {
        var forms = [text]
        while forms.count <= depth, let plain = plain(forms[forms.count - 1]) { forms.append(plain) }
        return forms
    }

    /// Whether a text has an `@`, or anything that may come to be one.
    static func mayHide(in text: String) -> Bool {
        text.utf8.contains { $0 == UInt8(ascii: "@") || mayEscape($0) }
    }

    private static func mayEscape(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "%") || byte == UInt8(ascii: "&") || byte == 0xEF
    }

    /// One layer of escapes taken out; nil when there is none. What only resembles one stays.
    private static func plain(_ text: String) -> String? {
        guard text.utf8.contains(where: mayEscape) else { return nil }
        let bytes = Array(text.utf8)
        var plain: [UInt8] = []
        plain.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            let (read, length) = piece(bytes, at: index)
            plain += read
            index += length
        }
        return plain == bytes ? nil : String(decoding: plain, as: UTF8.self)
    }

    private static func piece(_ bytes: [UInt8], at index: Int) -> ([UInt8], Int) {
        switch bytes[index] {
        case UInt8(ascii: "%"):
            guard index + 2 < bytes.count, let high = Hex.value(of: bytes[index + 1]),
                let low = Hex.value(of: bytes[index + 2])
            else { break }
            return ([high << 4 | low], 3)
        case UInt8(ascii: "&"):
            if let entity = entity(bytes, at: index) { return entity }
        case 0xEF:
            // U+FF01 to U+FF5E are ASCII, wide.
            guard index + 2 < bytes.count, (0xBC...0xBD).contains(bytes[index + 1]) else { break }
            let value = 0xF000 | UInt32(bytes[index + 1] & 0x3F) << 6 | UInt32(bytes[index + 2] & 0x3F)
            guard (0xFF01...0xFF5E).contains(value) else { break }
            return ([UInt8(value - 0xFEE0)], 3)
        default: break
        }
        return ([bytes[index]], 1)
    }

    /// `&#64;`, `&#x40;`, and the names of what stands in addresses.
    private static func entity(_ bytes: [UInt8], at index: Int) -> ([UInt8], Int)? {
        guard let end = bytes[index...].prefix(10).firstIndex(of: UInt8(ascii: ";")) else { return nil }
        let name = String(decoding: bytes[(index + 1)..<end], as: UTF8.self)
        let length = end + 1 - index
        if name.hasPrefix("#") {
            let digits = name.dropFirst()
            let value = digits.lowercased().hasPrefix("x") ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
            guard let scalar = value.flatMap({ Unicode.Scalar($0) }) else { return nil }
            return (Array(String(Character(scalar)).utf8), length)
        }
        let names: [String: String] = ["commat": "@", "period": ".", "plus": "+", "lowbar": "_", "amp": "&"]
        return names[name].map { (Array($0.utf8), length) }
    }
}
