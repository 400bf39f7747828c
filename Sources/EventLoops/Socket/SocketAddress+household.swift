#if canImport(Glibc)
    import Glibc
#endif

extension SocketAddress {
    /// Whom an address counts for where somebody may come so often: an IPv4 address is its own, of IPv6 one household has a
    /// whole /64.
    ///
    /// - Parameter host: numeric, however its groups are written; anything else stands for itself.
    package static func household(of host: String) -> String {
        guard host.contains(":") else { return host }
        var bytes = [UInt8](repeating: 0, count: 16)
        guard inet_pton(AF_INET6, host, &bytes) == 1 else { return host }
        let groups = stride(from: 0, to: 8, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
        return groups.map { String($0, radix: 16) }.joined(separator: ":") + "::/64"
    }
}
