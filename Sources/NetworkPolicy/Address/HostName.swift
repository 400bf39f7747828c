/// The host of an address on the network, in the one form that rules are compared with.
package struct HostName: Sendable, Hashable, CustomStringConvertible {
    /// A name in lower case without a final dot, or an address.
    package enum Kind: Sendable, Hashable {
        case name(String)
        case address(IPAddress)
    }

    package let kind: Kind

    /// Of an address.
    package init(_ address: IPAddress) { kind = .address(address) }

    /// Reads a host as it stands in `CONNECT` or a URL, an IPv6 address with or without brackets.
    ///
    /// Addresses in every way browsers read them (one number, hexadecimal, octal, fewer than four parts). Nil for what is no
    /// host: empty, with other characters than letters, digits, `-`, `_` and `.`, or a number that is no address.
    package init?(_ text: some StringProtocol) {
        let text = String(text)
        if text.utf8.first == UInt8(ascii: "["), text.utf8.last == UInt8(ascii: "]") {
            guard text.contains(":"), let address = IPAddress(text.dropFirst().dropLast()) else { return nil }
            kind = .address(address)
            return
        }
        if text.utf8.contains(UInt8(ascii: ":")) {
            guard let address = IPAddress(text) else { return nil }
            kind = .address(address)
            return
        }
        var name = text.lowercased()
        if name.utf8.last == UInt8(ascii: ".") { name.removeLast() }
        guard (1...253).contains(name.utf8.count), name.utf8.allSatisfy(Self.isNameByte) else { return nil }
        let labels = name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard let last = labels.last, labels.allSatisfy({ (1...63).contains($0.count) }) else { return nil }
        // The URL standard: a last part that is a number makes all of it an IPv4 address, or nothing.
        if last.allSatisfy(Self.isDigit) || Self.number(last) != nil {
            guard let address = Self.address(labels) else { return nil }
            kind = .address(address)
        } else {
            kind = .name(name)
        }
    }

    /// The name, or the address without brackets.
    package var description: String {
        switch kind {
        case .name(let name): name
        case .address(let address): address.description
        }
    }

    /// As it stands before a port.
    package var bracketed: String { description.contains(":") ? "[\(description)]" : description }

    /// Whether it is this machine by name; the standards keep these from the DNS (RFC 6761).
    package var isLocalName: Bool {
        guard case .name(let name) = kind else { return false }
        return name == "localhost" || name.hasSuffix(".localhost") || name == "ip6-localhost" || name == "ip6-loopback"
    }

    private static func address(_ labels: [Substring.UTF8View]) -> IPAddress? {
        guard labels.count <= 4 else { return nil }
        var value: UInt64 = 0
        for (index, label) in labels.enumerated() {
            guard let number = number(label) else { return nil }
            if index == labels.count - 1 {
                guard number < 1 << UInt64(8 * (5 - labels.count)) else { return nil }
                value |= number
            } else {
                guard number < 256 else { return nil }
                value |= number << UInt64(8 * (3 - index))
            }
        }
        return IPAddress(bytes: (0..<4).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * (3 - $0))) })
    }

    private static func number(_ label: Substring.UTF8View) -> UInt64? {
        guard let first = label.first, isDigit(first) else { return nil }
        let text = Substring(label)
        if text.hasPrefix("0x") { return text.count == 2 ? 0 : UInt64(text.dropFirst(2), radix: 16) }
        return text.count > 1 && first == UInt8(ascii: "0") ? UInt64(text, radix: 8) : UInt64(text)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || byte == UInt8(ascii: "-")
            || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
    }
}
