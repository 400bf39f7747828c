import CLibUV

#if canImport(Glibc)
    import Glibc
#endif

extension TCPConnection {
    /// Gives the socket to another loop, before anything was read or written; on the loop.
    ///
    /// This connection is closed by it, the socket is not: the peer notices nothing.
    /// - Parameter body: called on the other loop, once, with the connection as it goes on there; nil when that loop could not
    ///   take the socket, which is closed then.
    /// - Throws: `EventLoopError` when the process has no descriptor left to move it with; it stays here.
    package func move(
        to target: EventLoop,
        _ body: @escaping @Sendable (TCPConnection?) -> Void
    ) throws(EventLoopError) {
        let socket = try duplicate()
        let (remote, local) = (remoteAddress, localAddress)
        close()
        target.execute { body(TCPConnection.take(socket, on: target, remote: remote, local: local)) }
    }

    /// A descriptor of the same socket that outlives this connection.
    private func duplicate() throws(EventLoopError) -> Int32 {
        var own = uv_os_fd_t()
        guard let handle = openHandle, uv_fileno(handle, &own) == 0 else {
            throw EventLoopError(code: .closed, message: "Moving \(remoteAddress): connection closed")
        }
        let socket = fcntl(own, F_DUPFD_CLOEXEC, 0)
        try checkUV(socket < 0 ? -errno : 0, "Cannot move \(remoteAddress)")
        return socket
    }

    private static func take(
        _ socket: Int32,
        on loop: EventLoop,
        remote: SocketAddress,
        local: SocketAddress
    ) -> TCPConnection? {
        let handle = UnsafeMutablePointer<uv_tcp_t>.allocate(capacity: 1)
        guard uv_tcp_init(loop.uv, handle) == 0 else {
            handle.deallocate()
            Glibc.close(socket)
            return nil
        }
        guard uv_tcp_open(handle, socket) == 0 else {
            TCPListener.discard(handle)
            Glibc.close(socket)
            return nil
        }
        return TCPConnection(handle, on: loop, remote: remote, local: local)
    }
}
