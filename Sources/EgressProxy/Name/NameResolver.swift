package import EventLoops
package import NetworkPolicy

#if canImport(Glibc)
    import Glibc
#endif

/// Turns names into addresses.
package protocol NameResolver: Sendable {
    /// Every address of a name; empty when it has none.
    func addresses(of name: String) async -> [IPAddress]
}

/// The system's resolver: hosts file, DNS, whatever the machine is set up with.
package struct SystemResolver: NameResolver {
    private let loop: EventLoop

    /// - Parameter loop: whose thread pool waits for the answers.
    package init(on loop: EventLoop) { self.loop = loop }

    package func addresses(of name: String) async -> [IPAddress] {
        (try? await loop.runBlocking { Self.lookUp(name) }) ?? []
    }

    private static func lookUp(_ name: String) -> [IPAddress] {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(name, nil, &hints, &list) == 0 else { return [] }
        defer { freeaddrinfo(list) }
        var found: [IPAddress] = []
        var next = list
        while let entry = next?.pointee {
            if let address = IPAddress(system: entry.ai_addr), !found.contains(address) { found.append(address) }
            next = entry.ai_next
        }
        return found
    }
}
