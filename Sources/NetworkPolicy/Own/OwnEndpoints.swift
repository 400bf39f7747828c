import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// Ports that no page may ever reach: the API, Redis, Chromium's debugging port, the proxy's own.
package final class OwnEndpoints: Sendable {
    private struct State {
        /// Ports of this machine, by how often they were added.
        var ports: [Int: Int] = [:]
        /// Places on other machines.
        var places: Set<String> = []
    }

    private let state = Mutex(State())
    /// Addresses of this machine that are not loopback, as of the start.
    private let machine: Set<IPAddress>

    package init() { machine = Self.interfaceAddresses() }

    /// A port of this machine, from now on.
    package func add(port: Int) { state.withLock { $0.ports[port, default: 0] += 1 } }

    /// Somebody else may have it now.
    package func remove(port: Int) {
        state.withLock { state in
            guard let count = state.ports[port] else { return }
            state.ports[port] = count > 1 ? count - 1 : nil
        }
    }

    /// A place by its host; on this machine when the host is loopback or anything.
    package func add(host: String, port: Int) {
        let name = HostName(host)
        if name?.isLocalName == true || name.map(isThisMachine) == true { return add(port: port) }
        state.withLock { _ = $0.places.insert("\(name?.description ?? host):\(port)") }
    }

    /// Whether an address and port are ours.
    package func contains(_ address: IPAddress, _ port: Int) -> Bool {
        state.withLock { state in
            state.places.contains("\(address):\(port)")
                || state.ports[port] != nil && isThisMachine(HostName(address.embedded ?? address))
        }
    }

    /// Whether a name and port are ours.
    package func contains(_ host: HostName, _ port: Int) -> Bool {
        state.withLock { $0.places.contains("\(host):\(port)") }
    }

    private func isThisMachine(_ host: HostName) -> Bool {
        guard case .address(let address) = host.kind else { return false }
        return AddressClass(of: address) == .loopback || machine.contains(address)
    }

    private static func interfaceAddresses() -> Set<IPAddress> {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { return [] }
        defer { freeifaddrs(list) }
        var found: Set<IPAddress> = []
        var next = list
        while let entry = next?.pointee {
            if let address = IPAddress(system: entry.ifa_addr) { found.insert(address) }
            next = entry.ifa_next
        }
        return found
    }
}
