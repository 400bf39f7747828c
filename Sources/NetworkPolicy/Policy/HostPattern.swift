/// A host as rules name it: `portal.example`, `*.portal.example` (its subdomains too), an address, or a range `10.1.0.0/16`.
package struct HostPattern: Sendable, Hashable, CustomStringConvertible {
    private enum Kind: Sendable, Hashable {
        case any
        case host(HostName)
        case below(String)
        case range(IPAddress, Int)
    }

    private let kind: Kind
    /// As it was written.
    package let description: String

    /// Reads a pattern; nil when it is none.
    package init?(_ text: String) {
        description = text
        if text == "*" {
            kind = .any
        } else if text.hasPrefix("*.") || text.hasPrefix(".") {
            guard let host = HostName(text.drop { $0 == "*" }.dropFirst()), case .name(let name) = host.kind else {
                return nil
            }
            kind = .below(name)
        } else if let slash = text.lastIndex(of: "/") {
            let address = text[..<slash].drop { $0 == "[" }
            guard let prefix = IPAddress(address.last == "]" ? address.dropLast() : address),
                let length = Int(text[text.index(after: slash)...]), (0...prefix.bytes.count * 8).contains(length)
            else { return nil }
            kind = .range(prefix, length)
        } else {
            guard let host = HostName(text) else { return nil }
            kind = .host(host)
        }
    }

    /// Whether it means a host by its name, or by the address that was asked for.
    package func matches(_ host: HostName) -> Bool {
        switch (kind, host.kind) {
        case (.any, _): true
        case (.host(let own), _): own == host
        case (.below(let parent), .name(let name)): name == parent || name.hasSuffix("." + parent)
        case (.range, .address(let address)): matches(address)
        default: false
        }
    }

    /// Whether it means an address a name led to.
    package func matches(_ address: IPAddress) -> Bool {
        switch kind {
        case .any: true
        case .host(let host): host.kind == .address(address)
        case .below: false
        case .range(let prefix, let length): address.hasPrefix(prefix, length)
        }
    }
}

extension HostPattern {
    /// The rule that keeps all of it closed, whatever is opened; nil when there is something to open.
    fileprivate var closingRule: EgressDenial.Rule? {
        switch kind {
        case .any, .below: return nil
        case .host(let host):
            switch host.kind {
            case .name(let name): return EgressPolicy.metadataNames.contains(name) ? .metadata : nil
            case .address(let address): return Self.closingRule(of: address)
            }
        case .range(let prefix, let length):
            let rules = [false, true].map { Self.closingRule(of: Self.edge(of: prefix, length, isLast: $0)) }
            return rules[0] == rules[1] ? rules[0] : nil
        }
    }

    private static func closingRule(of address: IPAddress) -> EgressDenial.Rule? {
        switch AddressClass(of: address) {
        case .metadata: .metadata
        case .reserved: .reserved
        case .public, .loopback, .private: nil
        }
    }

    /// The first address of a range, or its last.
    private static func edge(of prefix: IPAddress, _ length: Int, isLast: Bool) -> IPAddress {
        let bytes = prefix.bytes.enumerated().map { index, byte -> UInt8 in
            let free = UInt8(truncatingIfNeeded: 0xFF >> max(0, min(8, length - index * 8)))
            return isLast ? byte | free : byte & ~free
        }
        return IPAddress(bytes: bytes)
    }
}

/// A place that is open although its address is not public: `host:port`, the port possibly `*`.
package struct Opening: Sendable, Hashable, CustomStringConvertible {
    private let host: HostPattern
    private let port: Int?
    /// As it was written.
    package let description: String

    /// Reads `host:port`, the host as a pattern, IPv6 in brackets; nil when it is none.
    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let host = HostPattern(String(text[..<colon])) else { return nil }
        let number = text[text.index(after: colon)...]
        if number == "*" {
            port = nil
        } else {
            guard let port = Int(number), (1...65535).contains(port) else { return nil }
            self.port = port
        }
        self.host = host
        description = text
    }

    /// The rule that keeps closed all it means, so that it opens nothing; nil when it opens something.
    package var closingRule: EgressDenial.Rule? { host.closingRule }

    /// Whether it opens this address for who asked for `host`.
    func opens(_ host: HostName, _ address: IPAddress, _ port: Int) -> Bool {
        (self.port == nil || self.port == port) && (self.host.matches(host) || self.host.matches(address))
    }
}
