#if canImport(Glibc)
    import Glibc
#endif

/// An IPv4 or IPv6 address as bytes: what is checked is what is connected to, never a way of writing it.
package struct IPAddress: Sendable, Hashable, CustomStringConvertible {
    /// 4 or 16 bytes, in network order.
    package let bytes: [UInt8]

    /// Of 4 or 16 bytes, in network order.
    package init(bytes: [UInt8]) {
        precondition(bytes.count == 4 || bytes.count == 16, "Cannot make an address of \(bytes.count) bytes")
        self.bytes = bytes
    }

    /// Reads the one canonical way of writing: four decimal numbers, or RFC 4291 without a zone; nil for anything else.
    package init?(_ text: some StringProtocol) {
        let text = String(text)
        var buffer = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, text, &buffer) == 1 {
            bytes = Array(buffer.prefix(4))
        } else if inet_pton(AF_INET6, text, &buffer) == 1 {
            bytes = buffer
        } else {
            return nil
        }
    }

    package var isV4: Bool { bytes.count == 4 }

    /// Without brackets, shortened as RFC 5952 does.
    package var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        inet_ntop(isV4 ? AF_INET : AF_INET6, bytes, &text, socklen_t(text.count))
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Whether the first bits are those of `prefix`.
    package func hasPrefix(_ prefix: IPAddress, _ length: Int) -> Bool {
        guard prefix.bytes.count == bytes.count else { return false }
        let (whole, rest) = length.quotientAndRemainder(dividingBy: 8)
        guard bytes.prefix(whole).elementsEqual(prefix.bytes.prefix(whole)) else { return false }
        guard rest > 0 else { return true }
        let mask = UInt8(truncatingIfNeeded: 0xFF00 >> rest)
        return bytes[whole] & mask == prefix.bytes[whole] & mask
    }

    /// The IPv4 address packets to this IPv6 address end at: mapped, compatible, NAT64, 6to4 and ISATAP.
    package var embedded: IPAddress? {
        guard !isV4 else { return nil }
        // `::` and `::1` are themselves, not compatible addresses.
        if bytes.dropLast().allSatisfy({ $0 == 0 }), bytes[15] <= 1 { return nil }
        let last = IPAddress(bytes: Array(bytes.suffix(4)))
        for (prefix, length) in Self.carriers where hasPrefix(prefix, length) { return last }
        if bytes[0] == 0x20, bytes[1] == 0x02 { return IPAddress(bytes: Array(bytes[2..<6])) }
        // ISATAP: the interface part is 0000:5efe or 0200:5efe and the address (RFC 5214).
        if bytes[8] & 0xFD == 0, bytes[9] == 0, bytes[10] == 0x5E, bytes[11] == 0xFE { return last }
        return nil
    }

    /// Prefixes whose last four bytes are an IPv4 address.
    private static let carriers: [(IPAddress, Int)] = [
        ("::ffff:0:0", 96), ("::ffff:0:0:0", 96), ("64:ff9b::", 96), ("64:ff9b:1::", 48), ("::", 96),
    ].map { (constant($0), $1) }

    /// An address that stands in the source.
    package static func constant(_ text: String) -> IPAddress {
        guard let address = IPAddress(text) else { preconditionFailure("Cannot read the address '\(text)'") }
        return address
    }
}
