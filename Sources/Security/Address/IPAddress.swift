#if canImport(Glibc)
    import Glibc
#endif

/// An address of the Internet, as its bytes.
struct IPAddress: Sendable, Hashable {
    /// 4 or 16.
    let bytes: [UInt8]

    /// Reads the numeric form; nil for anything else, also for short and octal forms.
    init?(_ text: String) {
        var bytes = [UInt8](repeating: 0, count: 16)
        // A zone names an interface of this machine.
        let plain = String(text.prefix { $0 != "%" })
        if inet_pton(AF_INET6, plain, &bytes) == 1 {
            self.bytes = Self.embedded(in: bytes) ?? bytes
        } else if inet_pton(AF_INET, plain, &bytes) == 1 {
            self.bytes = Array(bytes.prefix(4))
        } else {
            return nil
        }
    }

    /// The IPv4 address that an IPv6 one stands for: mapped, compatible, translated (RFC 6052), 6to4.
    private static func embedded(in bytes: [UInt8]) -> [UInt8]? {
        let zeros = [UInt8](repeating: 0, count: 16)
        if bytes.starts(with: zeros.prefix(10) + [0xFF, 0xFF]) { return Array(bytes.suffix(4)) }
        if bytes.starts(with: zeros.prefix(12)), bytes.suffix(4).prefix(3) != [0, 0, 0] {
            return Array(bytes.suffix(4))
        }
        if bytes.starts(with: [0x00, 0x64, 0xFF, 0x9B] + zeros.prefix(8)) { return Array(bytes.suffix(4)) }
        if bytes.starts(with: [0x20, 0x02]) { return Array(bytes[2..<6]) }
        return nil
    }

    /// Whether it is one that anybody on the Internet could have (IANA special-purpose registries).
    var isPublic: Bool {
        let blocks = bytes.count == 4 ? Self.special4 : Self.special6
        guard !blocks.contains(where: { isIn($0.prefix, $0.length) }) else { return false }
        // Of IPv6 only 2000::/3 is given out.
        return bytes.count == 4 || bytes[0] & 0xE0 == 0x20
    }

    private func isIn(_ prefix: [UInt8], _ length: Int) -> Bool {
        for bit in 0..<length
        where (bytes[bit / 8] ^ (bit / 8 < prefix.count ? prefix[bit / 8] : 0)) & (0x80 >> (bit % 8)) != 0 {
            return false
        }
        return true
    }

    private static let special4: [(prefix: [UInt8], length: Int)] = [
        ([0], 8), ([10], 8), ([100, 64], 10), ([127], 8), ([169, 254], 16), ([172, 16], 12), ([192, 0, 0], 24),
        ([192, 0, 2], 24), ([192, 88, 99], 24), ([192, 168], 16), ([198, 18], 15), ([198, 51, 100], 24),
        ([203, 0, 113], 24), ([224], 4), ([240], 4),
    ]

    private static let special6: [(prefix: [UInt8], length: Int)] = [
        // Teredo, benchmarking, ORCHID, documentation: inside 2000::/3 but nobody's.
        ([0x20, 0x01, 0x00, 0x00], 32), ([0x20, 0x01, 0x00, 0x02, 0x00, 0x00], 48), ([0x20, 0x01, 0x00, 0x10], 28),
        ([0x20, 0x01, 0x00, 0x20], 28), ([0x20, 0x01, 0x0D, 0xB8], 32), ([0x3F, 0xFF, 0x00], 20),
    ]
}
