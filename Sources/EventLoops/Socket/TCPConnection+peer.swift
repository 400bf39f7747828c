import CLibUV

/// Who is at the other end of a connection from this machine.
package enum LocalPeer: Sendable, Hashable {
    /// A process of this user.
    case user(UInt32)
    /// Nobody on this machine, or not any more.
    case nobody
    /// The kernel does not say.
    case unknown
}

extension TCPConnection {
    /// Whose process is at the other end: TCP over the loopback interface says nothing of it by itself.
    ///
    /// Asks the kernel, some 30 µs. IPv4 only; of others it knows nothing.
    package var localPeer: LocalPeer {
        guard !remoteAddress.host.contains(":") else { return .unknown }
        let user = try? remoteAddress.withSystemAddress { remote in
            (try? localAddress.withSystemAddress { cpa_socket_user(remote, $0) }) ?? -2
        }
        return switch user {
        case -1: .nobody
        case let user? where user >= 0: .user(UInt32(truncatingIfNeeded: user))
        default: .unknown
        }
    }
}
