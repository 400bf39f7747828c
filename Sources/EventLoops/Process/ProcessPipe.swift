import CLibUV

/// Our end of a pipe to a child process.
///
/// Thread: everything on the loop. Keeps itself alive until `close`.
final class ProcessPipe {
    private(set) var handle: UnsafeMutablePointer<uv_pipe_t>?
    private var onBytes: ((UnsafeRawBufferPointer) -> Void)?
    private var onEnd: (() -> Void)?
    private let readBuffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65536, alignment: 1)

    init(on loop: EventLoop) throws(EventLoopError) {
        let handle = UnsafeMutablePointer<uv_pipe_t>.allocate(capacity: 1)
        do throws(EventLoopError) {
            try checkUV(uv_pipe_init(loop.uv, handle, 0), "Cannot create a pipe")
        } catch {
            handle.deallocate()
            throw error
        }
        handle.pointee.data = Unmanaged.passRetained(self).toOpaque()
        self.handle = handle
    }

    deinit { readBuffer.deallocate() }

    var stream: UnsafeMutablePointer<uv_stream_t>? {
        handle.map { UnsafeMutableRawPointer($0).assumingMemoryBound(to: uv_stream_t.self) }
    }

    /// Reports bytes as they come, valid during the call only, then the end once.
    func read(onBytes: @escaping (UnsafeRawBufferPointer) -> Void, onEnd: @escaping () -> Void) {
        guard let stream else { return }
        self.onBytes = onBytes
        self.onEnd = onEnd
        let status = uv_read_start(
            stream,
            { handle, _, buffer in
                // Called by libuv on the loop's thread before each read; the buffer is the pipe's own.
                guard let buffer, let pipe = ProcessPipe.from(handle) else { return }
                buffer.pointee.base = pipe.readBuffer.baseAddress?.assumingMemoryBound(to: CChar.self)
                buffer.pointee.len = pipe.readBuffer.count
            },
            { stream, count, _ in
                // Called by libuv on the loop's thread after each read, until the end or `close`.
                guard let stream,
                    let pipe = ProcessPipe.from(
                        UnsafeMutableRawPointer(stream).assumingMemoryBound(to: uv_handle_t.self)
                    )
                else { return }
                if count > 0 {
                    pipe.onBytes?(UnsafeRawBufferPointer(rebasing: pipe.readBuffer[..<count]))
                } else if count < 0 {
                    pipe.end()
                }
            }
        )
        if status != 0 { end() }
    }

    private func end() {
        let onEnd = onEnd
        close()
        onEnd?()
    }

    /// Writes bytes, now as far as the pipe takes them; the rest is queued and leaves in order.
    ///
    /// - Parameter limit: of what may wait, in bytes.
    func write(_ bytes: [UInt8], limit: Int) throws(EventLoopError) {
        guard let stream else { throw EventLoopError(code: .closed, message: "The pipe to the child is closed") }
        let written = bytes.withUnsafeBytes { Self.writeNow($0, to: stream) }
        guard written < bytes.count else { return }
        let waiting = uv_stream_get_write_queue_size(stream)
        guard written > 0 || waiting == 0 || waiting + bytes.count <= limit else {
            throw EventLoopError(code: .queueFull, message: "\(waiting) bytes wait for the child: it does not read")
        }
        try queue(bytes[written...], on: stream)
    }

    /// How much the pipe took; nothing while something waits.
    private static func writeNow(
        _ bytes: UnsafeRawBufferPointer,
        to stream: UnsafeMutablePointer<uv_stream_t>
    ) -> Int {
        let start = UnsafeMutablePointer(mutating: bytes.baseAddress?.assumingMemoryBound(to: CChar.self))
        var buffer = uv_buf_init(start, UInt32(clamping: bytes.count))
        // Anything negative is found again, and reported, by the write that is queued.
        return max(0, Int(uv_try_write(stream, &buffer, 1)))
    }

    private func queue(
        _ bytes: ArraySlice<UInt8>,
        on stream: UnsafeMutablePointer<uv_stream_t>
    ) throws(EventLoopError) {
        let write = UnsafeMutablePointer<uv_write_t>.allocate(capacity: 1)
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, bytes.count), alignment: 1)
        copy.copyBytes(from: bytes)
        write.pointee.data = copy.baseAddress
        var buffer = uv_buf_init(copy.baseAddress?.assumingMemoryBound(to: CChar.self), UInt32(bytes.count))
        let status = uv_write(write, stream, &buffer, 1) { write, _ in
            // Called by libuv on the loop's thread, once for each write: frees the request and its copy of the bytes.
            guard let write else { return }
            write.pointee.data?.deallocate()
            write.deallocate()
        }
        if status != 0 {
            copy.deallocate()
            write.deallocate()
        }
        try checkUV(status, "Cannot write to the child")
    }

    /// Closes our end; idempotent, no callback follows.
    func close() {
        guard let handle else { return }
        self.handle = nil
        onBytes = nil
        onEnd = nil
        let base = UnsafeMutableRawPointer(handle).assumingMemoryBound(to: uv_handle_t.self)
        uv_close(base) { base in
            // Called by libuv on the loop's thread, once: frees the handle and the pipe's reference to itself.
            guard let base, let owner = base.pointee.data else { return }
            Unmanaged<ProcessPipe>.fromOpaque(owner).release()
            UnsafeMutableRawPointer(base).assumingMemoryBound(to: uv_pipe_t.self).deallocate()
        }
    }

    private static func from(_ handle: UnsafeMutablePointer<uv_handle_t>?) -> ProcessPipe? {
        handle?.pointee.data.map { Unmanaged<ProcessPipe>.fromOpaque($0).takeUnretainedValue() }
    }
}
