import Cryptography

/// Time-based one-time passwords (RFC 6238: SHA-1, 30 s, 6 digits), as authenticator apps make them.
enum TOTP {
    /// The password of that moment; nil when the key is no Base32. Spaces and lower case are fine, as portals show keys.
    static func code(base32Key: String, milliseconds: Int64) -> String? {
        guard let key = Base32.decode(base32Key), !key.isEmpty else { return nil }
        let counter = UInt64(max(0, milliseconds) / 30_000)
        let message = (0..<8).map { UInt8(truncatingIfNeeded: counter >> (56 - 8 * UInt64($0))) }
        let mac = HMAC.sha1(message, key: key).bytes
        let offset = Int(mac[mac.count - 1] & 0x0F)
        let number = mac[offset..<offset + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF
        let digits = String(number % 1_000_000)
        return String(repeating: "0", count: 6 - digits.count) + digits
    }
}

/// RFC 4648 §6, lenient about case, spaces, hyphens and padding.
enum Base32 {
    static func decode(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var buffer: UInt32 = 0
        var bits = 0
        for character in text.utf8 where !" -=".utf8.contains(character) {
            let value: UInt8
            switch character {
            case 0x41...0x5A: value = character - 0x41
            case 0x61...0x7A: value = character - 0x61
            case 0x32...0x37: value = character - 0x32 + 26
            default: return nil
            }
            buffer = (buffer & 0x7F) << 5 | UInt32(value)
            bits += 5
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: buffer >> UInt32(bits)))
            }
        }
        return bytes
    }
}
