#if canImport(Glibc)
    package import Glibc
#endif

extension IPAddress {
    /// Of what the system filled in; nil for other families than the two.
    package init?(system address: UnsafePointer<sockaddr>?) {
        guard let address else { return nil }
        let memory = UnsafeRawPointer(address)
        switch Int32(address.pointee.sa_family) {
        case AF_INET: self = memory.loadUnaligned(as: sockaddr_in.self).ipAddress
        case AF_INET6: self = memory.loadUnaligned(as: sockaddr_in6.self).ipAddress
        default: return nil
        }
    }
}

extension sockaddr_in {
    fileprivate var ipAddress: IPAddress { IPAddress(bytes: withUnsafeBytes(of: sin_addr) { Array($0) }) }
}

extension sockaddr_in6 {
    fileprivate var ipAddress: IPAddress { IPAddress(bytes: withUnsafeBytes(of: sin6_addr) { Array($0) }) }
}
