import CLibUV

extension TCPConnection {
    /// Connects to an address.
    ///
    /// Cancelling the caller's task does not stop the attempt; the system's own limit does (about two minutes).
    /// - Throws: `EventLoopError` when nobody listens there or it cannot be reached.
    package static func connect(on loop: EventLoop, to address: SocketAddress) async throws -> TCPConnection {
        try await withCheckedThrowingContinuation { continuation in
            loop.execute { ConnectRequest(on: loop, to: address, continuation).start() }
        }
    }
}

/// One attempt to connect; keeps itself alive until libuv has answered.
private final class ConnectRequest {
    private let loop: EventLoop
    private let address: SocketAddress
    private let continuation: CheckedContinuation<TCPConnection, any Error>
    private let handle = UnsafeMutablePointer<uv_tcp_t>.allocate(capacity: 1)
    private let request = UnsafeMutablePointer<uv_connect_t>.allocate(capacity: 1)

    init(
        on loop: EventLoop,
        to address: SocketAddress,
        _ continuation: CheckedContinuation<TCPConnection, any Error>
    ) {
        self.loop = loop
        self.address = address
        self.continuation = continuation
    }

    deinit { request.deallocate() }

    func start() {
        guard uv_tcp_init(loop.uv, handle) == 0 else {
            handle.deallocate()
            return continuation.resume(throwing: EventLoopError(code: .system, message: "Cannot make a socket"))
        }
        request.pointee.data = Unmanaged.passRetained(self).toOpaque()
        do throws(EventLoopError) {
            let status = try address.withSystemAddress { address in
                uv_tcp_connect(request, handle, address) { request, status in
                    // Called by libuv on the loop's thread, once; balances the retain of `start`.
                    guard let owner = request?.pointee.data else { return }
                    Unmanaged<ConnectRequest>.fromOpaque(owner).takeRetainedValue().finish(status)
                }
            }
            try checkUV(status, "Cannot connect to \(address)")
        } catch {
            Unmanaged.passUnretained(self).release()
            TCPListener.discard(handle)
            continuation.resume(throwing: error)
        }
    }

    private func finish(_ status: Int32) {
        do throws(EventLoopError) {
            try checkUV(status, "Cannot connect to \(address)")
            let remote = try TCPListener.address(of: handle, uv_tcp_getpeername)
            let local = try TCPListener.address(of: handle, uv_tcp_getsockname)
            continuation.resume(returning: TCPConnection(handle, on: loop, remote: remote, local: local))
        } catch {
            TCPListener.discard(handle)
            continuation.resume(throwing: error)
        }
    }
}
