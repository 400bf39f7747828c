/// What kind of place an address is, as far as who may be let there goes.
package enum AddressClass: String, Sendable, Hashable, CaseIterable {
    /// Anybody's on the Internet.
    case `public`
    /// This machine.
    case loopback
    /// The house's own network: RFC 1918, shared (RFC 6598), unique local.
    case `private`
    /// Where clouds hand out credentials; link-local as a whole, because they live there. Opened by nothing.
    case metadata
    /// Multicast, documentation, tunnels, not assigned. Opened by nothing.
    case reserved

    /// The class of an address; of the IPv4 address inside it, when it carries one.
    package init(of address: IPAddress) {
        if let special = Self.hosts[address] {
            self = special
            return
        }
        if let embedded = address.embedded {
            self = Self(of: embedded)
            return
        }
        self =
            Self.ranges.first { address.hasPrefix($0.prefix, $0.length) }?.type ?? (address.isV4 ? .public : .reserved)
    }

    /// Single addresses that are not what the range around them says.
    private static let hosts: [IPAddress: AddressClass] = Dictionary(
        uniqueKeysWithValues: [
            ("::", .loopback), ("::1", .loopback),
            // Azure, Alibaba, Oracle, AWS by IPv6, Google by IPv6.
            ("168.63.129.16", .metadata), ("100.100.100.200", .metadata), ("192.0.0.192", .metadata),
            ("fd00:ec2::254", .metadata), ("fd20:ce::254", .metadata),
        ].map { (IPAddress.constant($0), $1) }
    )

    /// IANA's special-purpose registries; the first that matches counts. Other IPv6 than 2000::/3 is not assigned.
    private static let ranges: [(prefix: IPAddress, length: Int, type: AddressClass)] = [
        ("127.0.0.0", 8, .loopback),
        // Linux takes 0.0.0.0 for this machine.
        ("0.0.0.0", 32, .loopback),
        ("0.0.0.0", 8, .reserved), ("10.0.0.0", 8, .private), ("100.64.0.0", 10, .private),
        ("169.254.0.0", 16, .metadata), ("172.16.0.0", 12, .private), ("192.0.0.0", 24, .reserved),
        ("192.0.2.0", 24, .reserved), ("192.88.99.0", 24, .reserved), ("192.168.0.0", 16, .private),
        ("198.18.0.0", 15, .reserved), ("198.51.100.0", 24, .reserved), ("203.0.113.0", 24, .reserved),
        ("224.0.0.0", 4, .reserved), ("240.0.0.0", 4, .reserved),
        ("fc00::", 7, .private), ("fe80::", 10, .metadata), ("fec0::", 10, .reserved), ("ff00::", 8, .reserved),
        ("100::", 64, .reserved), ("2001::", 23, .reserved), ("2001:db8::", 32, .reserved), ("3fff::", 20, .reserved),
        ("2000::", 3, .public),
    ].map { (IPAddress.constant($0), $1, $2) }
}
