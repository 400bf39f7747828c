import Cryptography

/// Time-based one-time passwords (RFC 6238), as authenticator apps make them.
struct TOTP: Sendable, Hashable {
    enum Algorithm: String, Sendable {
        case sha1, sha256, sha512
    }

    var key: [UInt8]
    var digits = 6
    /// Seconds a password holds.
    var period: Int64 = 30
    var algorithm = Algorithm.sha1

    /// Reads what a portal shows when an authenticator is set up: the key in Base32 (spaces and lower case are fine), or the
    /// `otpauth://totp/…` address of its QR code, with `digits`, `period` and `algorithm`.
    ///
    /// Nil for anything else. Never part of a message: it is a secret.
    init?(_ text: String) {
        let text = text.drop { $0 == " " }
        guard text.lowercased().hasPrefix("otpauth://") else {
            guard let key = Base32.decode(String(text)), !key.isEmpty else { return nil }
            self.key = key
            return
        }
        guard text.lowercased().hasPrefix("otpauth://totp/"), let mark = text.firstIndex(of: "?") else { return nil }
        var key: [UInt8]?
        for pair in text[text.index(after: mark)...].split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { continue }
            switch parts[0].lowercased() {
            // Its padding may be written as in any address.
            case "secret": key = Base32.decode(parts[1].replacing("%3D", with: "").replacing("%3d", with: ""))
            case "digits":
                guard let number = Int(parts[1]), (6...9).contains(number) else { return nil }
                digits = number
            case "period":
                guard let number = Int64(parts[1]), (1...3600).contains(number) else { return nil }
                period = number
            case "algorithm":
                guard let known = Algorithm(rawValue: parts[1].lowercased().filter { $0 != "-" }) else { return nil }
                algorithm = known
            default: break
            }
        }
        guard let key, !key.isEmpty else { return nil }
        self.key = key
    }

    /// The password of that moment.
    func code(milliseconds: Int64) -> String {
        let counter = UInt64(max(0, milliseconds) / (period * 1000))
        let message = (0..<8).map { UInt8(truncatingIfNeeded: counter >> (56 - 8 * UInt64($0))) }
        let mac: [UInt8]
        switch algorithm {
        case .sha1: mac = HMAC.sha1(message, key: key).bytes
        case .sha256: mac = HMAC.sha256(message, key: key).bytes
        case .sha512: mac = HMAC.sha512(message, key: key).bytes
        }
        // RFC 4226, 5.3: four bytes from where the last half byte says, without the sign.
        let offset = Int(mac[mac.count - 1] & 0x0F)
        let number = mac[offset..<offset + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF
        let modulus = (0..<digits).reduce(UInt64(1)) { product, _ in product * 10 }
        let text = String(UInt64(number) % modulus)
        return String(repeating: "0", count: digits - text.count) + text
    }
}
