import CLibUV

/// A listening TCP socket on an event loop.
///
/// When the process runs out of descriptors, libuv's spare one is used to accept and close what waits, so that the loop
/// does not spin on a listener that stays readable; `onError` hears of it.
// Sendable although mutable: all state is touched on the loop only, which every method checks.
package final class TCPListener: @unchecked Sendable {
    /// The loop it and its connections live on.
    package let loop: EventLoop
    /// Where it listens, with the port the system chose.
    package private(set) var localAddress: SocketAddress

    private var handle: UnsafeMutablePointer<uv_tcp_t>?
    private let onConnection: @Sendable (TCPConnection) -> Void
    private let onError: @Sendable (EventLoopError) -> Void
    private var whenClosed: CheckedContinuation<Void, Never>?

    /// Binds and listens.
    ///
    /// - Parameters:
    ///   - address: numeric; port 0 takes a free one.
    ///   - backlog: connections the kernel keeps until they are accepted.
    ///   - onConnection: called on the loop with each new connection; set its handler, then start reading.
    ///   - onError: called on the loop when a connection could not be accepted.
    /// - Throws: `EventLoopError`: `.addressInUse`, `.permissionDenied` (ports below 1024), `.system`.
    package static func listen(
        on loop: EventLoop,
        at address: SocketAddress,
        backlog: Int = 1024,
        onError: @escaping @Sendable (EventLoopError) -> Void = { _ in },
        onConnection: @escaping @Sendable (TCPConnection) -> Void
    ) async throws -> TCPListener {
        let listener = TCPListener(on: loop, at: address, onConnection: onConnection, onError: onError)
        return try await loop.run {
            try listener.open(backlog: Int32(clamping: backlog))
            return listener
        }
    }

    private init(
        on loop: EventLoop,
        at address: SocketAddress,
        onConnection: @escaping @Sendable (TCPConnection) -> Void,
        onError: @escaping @Sendable (EventLoopError) -> Void
    ) {
        self.loop = loop
        localAddress = address
        self.onConnection = onConnection
        self.onError = onError
    }

    private func open(backlog: Int32) throws(EventLoopError) {
        let handle = UnsafeMutablePointer<uv_tcp_t>.allocate(capacity: 1)
        do throws(EventLoopError) {
            try checkUV(uv_tcp_init(loop.uv, handle), "Cannot make a socket")
        } catch {
            handle.deallocate()
            throw error
        }
        handle.pointee.data = Unmanaged.passRetained(self).toOpaque()
        self.handle = handle
        do throws(EventLoopError) {
            let bound = try localAddress.withSystemAddress { uv_tcp_bind(handle, $0, 0) }
            try checkUV(bound, "Cannot listen on \(localAddress)")
            // libuv reports a port in use here, not from bind.
            try checkUV(uv_listen(stream(handle), backlog, Self.didConnect), "Cannot listen on \(localAddress)")
            localAddress = try Self.address(of: handle, uv_tcp_getsockname)
        } catch {
            startClosing()
            throw error
        }
    }

    private static let didConnect: uv_connection_cb = { stream, status in
        // Called by libuv on the loop's thread, once for each waiting connection or failure.
        guard let owner = stream?.pointee.data else { return }
        Unmanaged<TCPListener>.fromOpaque(owner).takeUnretainedValue().accept(status)
    }

    private func accept(_ status: Int32) {
        guard let handle else { return }
        guard status == 0 else {
            return onError(EventLoopError(status: status, during: "Cannot accept on \(localAddress)"))
        }
        let client = UnsafeMutablePointer<uv_tcp_t>.allocate(capacity: 1)
        guard uv_tcp_init(loop.uv, client) == 0 else { return client.deallocate() }
        let accepted = uv_accept(stream(handle), stream(client))
        let remote = try? Self.address(of: client, uv_tcp_getpeername)
        let local = try? Self.address(of: client, uv_tcp_getsockname)
        guard accepted == 0, let remote, let local else {
            // The peer has reset the connection already.
            return Self.discard(client)
        }
        onConnection(TCPConnection(client, on: loop, remote: remote, local: local))
    }

    /// Stops accepting; connections already made live on. Returns when the port is free.
    package func close() async {
        await withCheckedContinuation { continuation in
            loop.execute { [self] in
                guard handle != nil, whenClosed == nil else { return continuation.resume() }
                whenClosed = continuation
                startClosing()
            }
        }
    }

    private func startClosing() {
        guard let handle else { return }
        self.handle = nil
        uv_close(UnsafeMutableRawPointer(handle).assumingMemoryBound(to: uv_handle_t.self)) { base in
            // Called by libuv on the loop's thread, once: frees the handle and the listener's reference to itself.
            guard let base, let owner = base.pointee.data else { return }
            let listener = Unmanaged<TCPListener>.fromOpaque(owner).takeRetainedValue()
            UnsafeMutableRawPointer(base).assumingMemoryBound(to: uv_tcp_t.self).deallocate()
            listener.whenClosed?.resume()
            listener.whenClosed = nil
        }
    }

    private func stream(_ handle: UnsafeMutablePointer<uv_tcp_t>) -> UnsafeMutablePointer<uv_stream_t> {
        UnsafeMutableRawPointer(handle).assumingMemoryBound(to: uv_stream_t.self)
    }

    static func address(
        of handle: UnsafeMutablePointer<uv_tcp_t>,
        _ ask: (UnsafePointer<uv_tcp_t>?, UnsafeMutablePointer<sockaddr>?, UnsafeMutablePointer<Int32>?) -> Int32
    ) throws(EventLoopError) -> SocketAddress {
        var storage = sockaddr_storage()
        var length = Int32(MemoryLayout<sockaddr_storage>.size)
        let status = withUnsafeMutablePointer(to: &storage) { storage in
            storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { ask(handle, $0, &length) }
        }
        try checkUV(status, "Cannot read the address of a socket")
        return SocketAddress(system: storage)
    }

    static func discard(_ handle: UnsafeMutablePointer<uv_tcp_t>) {
        uv_close(UnsafeMutableRawPointer(handle).assumingMemoryBound(to: uv_handle_t.self)) { base in
            // Called by libuv on the loop's thread, once.
            guard let base else { return }
            UnsafeMutableRawPointer(base).assumingMemoryBound(to: uv_tcp_t.self).deallocate()
        }
    }
}
