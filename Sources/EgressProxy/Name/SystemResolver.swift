import NetworkPolicy
import Synchronization
import Threads

#if canImport(Glibc)
    import Glibc
#endif

/// The system's resolver: hosts file, DNS, whatever the machine is set up with.
///
/// Waits for the answers on threads of its own. Pages choose the names, and one whose servers say nothing takes half a minute:
/// on the threads that everybody's files wait for, a few of them would hold up every job.
final class SystemResolver: NameResolver {
    private struct Lane {
        var thread: BlockingThread
        var waiting = 0
    }

    private static let limit = 16

    private let lanes = Mutex<[Lane]>([])
    private let lookUp: @Sendable (String) -> [IPAddress]

    /// - Parameter lookUp: blocks until there is an answer; replaced by tests.
    init(lookUp: @escaping @Sendable (String) -> [IPAddress] = SystemResolver.ask) { self.lookUp = lookUp }

    func addresses(of name: String) async -> [IPAddress] {
        let (index, thread) = enter()
        let found = try? await thread.run { [lookUp] in lookUp(name) }
        lanes.withLock { $0[index].waiting -= 1 }
        return found ?? []
    }

    /// A thread that is idle, a new one, or the one where the fewest wait.
    private func enter() -> (Int, BlockingThread) {
        lanes.withLock { lanes in
            var index = lanes.indices.min { lanes[$0].waiting < lanes[$1].waiting } ?? 0
            if lanes.isEmpty || lanes[index].waiting > 0 && lanes.count < Self.limit {
                index = lanes.count
                lanes.append(Lane(thread: BlockingThread(name: "cpa-names")))
            }
            lanes[index].waiting += 1
            return (index, lanes[index].thread)
        }
    }

    private static func ask(_ name: String) -> [IPAddress] {
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
