import CLibUV

/// A TCP connection on an event loop, accepted by a `TCPListener` or made by `connect`.
///
/// Thread: everything on the loop, and every method traps elsewhere; `remoteAddress` and `loop` from anywhere.
/// Reading is off until `startReading`, so nothing is lost between accepting and setting a handler.
// Sendable although mutable: all state is touched on the loop only, which every method checks.
package final class TCPConnection: StreamConnection, @unchecked Sendable {
    /// The loop it lives on.
    package let loop: EventLoop
    /// The peer.
    package let remoteAddress: SocketAddress
    /// Our end.
    package let localAddress: SocketAddress
    /// Bytes that may wait to be sent; a `write` that would exceed it fails, unless nothing waits.
    package var writeLimit = 16 << 20

    private var handle: UnsafeMutablePointer<uv_tcp_t>?
    private var handlerStorage: (any TCPConnectionHandler)?
    private var isReading = false
    private var hasEnded = false
    private var isShutDown = false
    private var closeError: EventLoopError?

    /// Takes over an initialised handle.
    init(
        _ handle: UnsafeMutablePointer<uv_tcp_t>,
        on loop: EventLoop,
        remote: SocketAddress,
        local: SocketAddress
    ) {
        self.loop = loop
        self.handle = handle
        remoteAddress = remote
        localAddress = local
        uv_tcp_nodelay(handle, 1)
        handle.pointee.data = Unmanaged.passRetained(self).toOpaque()
    }

    /// Who gets what arrives; replace it to hand the connection over.
    package var handler: (any TCPConnectionHandler)? {
        get {
            loop.checkIsolated()
            return handlerStorage
        }
        set {
            loop.checkIsolated()
            // A closed connection never calls again, so it must not keep its owner alive.
            if handle != nil { handlerStorage = newValue }
        }
    }

    /// Whether neither side has closed it.
    package var isOpen: Bool {
        loop.checkIsolated()
        return handle != nil
    }

    private var stream: UnsafeMutablePointer<uv_stream_t>? {
        loop.checkIsolated()
        return handle.map { UnsafeMutableRawPointer($0).assumingMemoryBound(to: uv_stream_t.self) }
    }

    /// Nil once it was closed.
    var openHandle: UnsafeMutablePointer<uv_handle_t>? {
        loop.checkIsolated()
        return handle.map { EventLoop.base($0) }
    }

    // MARK: Reading

    /// Lets bytes arrive; idempotent, and without effect once the peer has ended.
    package func startReading() {
        guard let stream, !isReading, !hasEnded else { return }
        isReading = true
        let status = uv_read_start(
            stream,
            { handle, _, buffer in
                // Called by libuv on the loop's thread before each read; the memory belongs to the loop.
                guard let owner = handle?.pointee.data, let buffer else { return }
                let memory = Unmanaged<TCPConnection>.fromOpaque(owner).takeUnretainedValue().loop.readBuffer
                buffer.pointee = uv_buf_init(memory.pointer, UInt32(ReadBuffer.size))
            },
            { handle, count, buffer in
                // Called by libuv on the loop's thread, any number of times until reading stops.
                guard let owner = handle?.pointee.data, let buffer else { return }
                Unmanaged<TCPConnection>.fromOpaque(owner).takeUnretainedValue()
                    .didRead(count, from: buffer.pointee.base)
            }
        )
        if status < 0 { close(EventLoopError(status: status, during: "Cannot read from \(remoteAddress)")) }
    }

    /// Leaves further bytes with the kernel, which slows the peer down; idempotent.
    package func stopReading() {
        guard let stream, isReading else { return }
        isReading = false
        uv_read_stop(stream)
    }

    private func didRead(_ count: Int, from memory: UnsafeMutablePointer<CChar>?) {
        if count > 0, let memory {
            handlerStorage?.connectionDidReceive([UInt8](UnsafeRawBufferPointer(start: memory, count: count)))
        } else if count == Int(UV_EOF.rawValue) {
            stopReading()
            hasEnded = true
            handlerStorage?.connectionDidReceiveEnd()
        } else if count < 0 {
            close(EventLoopError(status: Int32(count), during: "Reading from \(remoteAddress)"))
        }
    }

    // MARK: Writing

    /// Bytes given to `write` that the kernel has not taken yet.
    package var queuedBytes: Int { stream.map { uv_stream_get_write_queue_size($0) } ?? 0 }

    /// Bounds what the kernel keeps in each direction; by itself it grows to megabytes.
    package func limitKernelBuffers(to bytes: Int) {
        guard let base = openHandle else { return }
        var (send, receive) = (Int32(clamping: bytes), Int32(clamping: bytes))
        uv_send_buffer_size(base, &send)
        uv_recv_buffer_size(base, &receive)
    }

    /// Gives the kernel what it takes without waiting, provided that nothing waits already.
    ///
    /// - Returns: how many of the bytes were taken; 0 when the connection is closed or busy.
    package func writeAtOnce(_ bytes: ArraySlice<UInt8>) -> Int {
        guard let stream, !isShutDown, !bytes.isEmpty else { return 0 }
        return bytes.withUnsafeBytes { bytes in
            let memory = UnsafeMutablePointer(mutating: bytes.assumingMemoryBound(to: CChar.self).baseAddress)
            // uv_buf_init counts in 32 bits.
            var buffer = uv_buf_init(memory, UInt32(min(bytes.count, 1 << 30)))
            return max(0, Int(uv_try_write(stream, &buffer, 1)))
        }
    }

    /// Sends bytes behind all earlier ones.
    ///
    /// - Parameter completion: called on the loop, exactly once, possibly before this returns: nil when the kernel has
    ///   taken all of them, else why they were not sent.
    package func write(_ bytes: [UInt8], completion: @escaping (EventLoopError?) -> Void) {
        guard let stream, !isShutDown else {
            return completion(EventLoopError(code: .closed, message: "Writing to \(remoteAddress): connection closed"))
        }
        let queued = uv_stream_get_write_queue_size(stream)
        guard queued == 0 || queued + bytes.count <= writeLimit else {
            return completion(
                EventLoopError(
                    code: .queueFull,
                    message: "Writing to \(remoteAddress): \(queued) bytes wait already, the limit is \(writeLimit)"
                )
            )
        }
        let taken = queued == 0 ? writeAtOnce(bytes[...]) : 0
        if taken == bytes.count { return completion(nil) }
        let request = WriteRequest(bytes[taken...], on: self, completion: completion)
        var buffer = uv_buf_init(request.bytes.baseAddress, UInt32(request.bytes.count))
        request.pointer.pointee.data = Unmanaged.passRetained(request).toOpaque()
        let status = uv_write(request.pointer, stream, &buffer, 1) { pointer, status in
            // Called by libuv on the loop's thread, once for each accepted write, also when the handle closes.
            guard let owner = pointer?.pointee.data else { return }
            let request = Unmanaged<WriteRequest>.fromOpaque(owner).takeRetainedValue()
            request.connection.didWrite(request, status)
        }
        if status < 0 {
            Unmanaged.passUnretained(request).release()
            completion(EventLoopError(status: status, during: "Writing to \(remoteAddress)"))
        }
    }

    private func didWrite(_ request: WriteRequest, _ status: Int32) {
        guard status < 0 else { return request.completion(nil) }
        let error = EventLoopError(status: status, during: "Writing to \(remoteAddress)")
        request.completion(closeError ?? error)
        close(error)
    }

    /// Says that we send nothing more, once everything queued is sent; reading goes on.
    package func shutdown() {
        guard let stream, !isShutDown else { return }
        isShutDown = true
        let request = UnsafeMutablePointer<uv_shutdown_t>.allocate(capacity: 1)
        let status = uv_shutdown(request, stream) { request, _ in
            // Called by libuv on the loop's thread, once; a failure means the peer is gone, which reading reports.
            request?.deallocate()
        }
        if status < 0 { request.deallocate() }
    }

    // MARK: Closing

    /// Closes at once; what is queued is not sent. Idempotent.
    package func close() { close(nil) }

    /// Closes so that the peer sees a reset: it cannot take a cut answer for a whole one.
    package func reset() {
        guard let handle, handle.pointee.data != nil else { return }
        isReading = false
        finishClosing(nil) { uv_tcp_close_reset(handle, Self.didClose) }
    }

    private func close(_ error: EventLoopError?) {
        guard let handle else { return }
        finishClosing(error) {
            uv_close(UnsafeMutableRawPointer(handle).assumingMemoryBound(to: uv_handle_t.self), Self.didClose)
            return 0
        }
    }

    private func finishClosing(_ error: EventLoopError?, _ close: () -> Int32) {
        loop.checkIsolated()
        guard let handle else { return }
        self.handle = nil
        closeError = error
        if close() < 0 {
            // A reset is refused while a half-close is under way.
            uv_close(UnsafeMutableRawPointer(handle).assumingMemoryBound(to: uv_handle_t.self), Self.didClose)
        }
    }

    private static let didClose: uv_close_cb = { base in
        // Called by libuv on the loop's thread, once, after the callbacks of all pending writes: frees the handle and
        // the connection's reference to itself.
        guard let base, let owner = base.pointee.data else { return }
        let connection = Unmanaged<TCPConnection>.fromOpaque(owner).takeRetainedValue()
        UnsafeMutableRawPointer(base).assumingMemoryBound(to: uv_tcp_t.self).deallocate()
        let handler = connection.handlerStorage
        connection.handlerStorage = nil
        handler?.connectionDidClose(connection.closeError)
    }
}
