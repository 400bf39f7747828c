import CLibUV

#if canImport(Glibc)
    import Glibc
#endif

/// An IP address with a port.
package struct SocketAddress: Sendable, Hashable, CustomStringConvertible {
    /// Numeric IPv4 or IPv6 address, without brackets.
    package var host: String
    /// TCP port; 0 lets the system choose when listening.
    package var port: Int

    /// Puts an address together; nothing is looked up.
    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// `127.0.0.1:80` or `[::1]:80`.
    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// Gives `body` the address in the form the system wants, valid only for the duration of the closure.
    ///
    /// `localhost` is 127.0.0.1; other names are refused, because looking one up blocks.
    func withSystemAddress<R>(_ body: (UnsafePointer<sockaddr>) -> R) throws(EventLoopError) -> R {
        guard (0...65535).contains(port) else {
            throw EventLoopError(code: .system, message: "Port \(port) is not between 0 and 65535")
        }
        let numeric = host == "localhost" ? "127.0.0.1" : host
        var storage = sockaddr_storage()
        let isKnown = withUnsafeMutablePointer(to: &storage) { storage in
            storage.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { uv_ip4_addr(numeric, Int32(port), $0) } == 0
                || storage.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
                    uv_ip6_addr(numeric, Int32(port), $0)
                } == 0
        }
        guard isKnown else {
            throw EventLoopError(
                code: .system,
                message: "'\(host)' is not an IP address: give one such as 127.0.0.1, 0.0.0.0 or ::1"
            )
        }
        return withUnsafePointer(to: &storage) { storage in
            storage.withMemoryRebound(to: sockaddr.self, capacity: 1, body)
        }
    }

    /// Reads what the system filled in; an IPv4 address mapped into IPv6 becomes plain IPv4.
    init(system storage: sockaddr_storage) {
        var storage = storage
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let port = withUnsafePointer(to: &storage) { storage -> UInt16 in
            if storage.pointee.ss_family == sa_family_t(AF_INET6) {
                return storage.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { address in
                    uv_ip6_name(address, &text, text.count)
                    return UInt16(bigEndian: address.pointee.sin6_port)
                }
            }
            return storage.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { address in
                uv_ip4_name(address, &text, text.count)
                return UInt16(bigEndian: address.pointee.sin_port)
            }
        }
        let bytes = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        let host = String(decoding: bytes, as: UTF8.self)
        let mapped = "::ffff:"
        let isMapped = host.hasPrefix(mapped) && host.contains(".")
        self.init(host: isMapped ? String(host.dropFirst(mapped.count)) : host, port: Int(port))
    }
}
