import CLibUV

/// Reads a file in pieces on libuv's own threads, so that a slow disk stops neither a loop nor the task pool.
///
/// Thread: create and use on the loop, one call at a time. `close()` before letting go.
// Sendable although mutable: all state is touched on the loop only, which every method checks.
package final class FileReader: @unchecked Sendable {
    /// Length when it was opened, in bytes.
    package private(set) var length = 0

    private let loop: EventLoop
    private var descriptor: Int32 = -1

    private init(on loop: EventLoop) { self.loop = loop }

    /// Opens a regular file.
    ///
    /// - Throws: `EventLoopError`: `.notFound`, `.permissionDenied`, `.system`.
    package static func open(_ path: String, on loop: EventLoop) async throws -> FileReader {
        let reader = FileReader(on: loop)
        let result = await FileRequest.perform(on: loop) { loop, request, callback in
            uv_fs_open(loop, request, path, O_RDONLY | O_CLOEXEC, 0, callback)
        }
        reader.descriptor = Int32(try checkUV(Int32(clamping: result.code), "Cannot open \(path)"))
        let status = await FileRequest.perform(on: loop) { loop, request, callback in
            uv_fs_fstat(loop, request, reader.descriptor, callback)
        }
        guard status.code == 0, status.mode & UInt32(S_IFMT) == UInt32(S_IFREG) else {
            await reader.close()
            throw EventLoopError(code: .notFound, message: "Cannot open \(path): not a regular file")
        }
        reader.length = status.size
        return reader
    }

    /// The bytes at `offset`: fewer than `count` only at the end of the file.
    package func read(at offset: Int, count: Int) async throws -> [UInt8] {
        let memory = UnsafeMutablePointer<CChar>.allocate(capacity: max(count, 1))
        defer { memory.deallocate() }
        var filled = 0
        while filled < count {
            // The address outlives the request: this function waits for it.
            let target = UInt(bitPattern: memory + filled)
            let (wanted, position) = (UInt32(min(count - filled, 1 << 20)), Int64(offset + filled))
            let descriptor = descriptor
            let result = await FileRequest.perform(on: loop) { loop, request, callback in
                var buffer = uv_buf_init(UnsafeMutablePointer(bitPattern: target), wanted)
                return uv_fs_read(loop, request, descriptor, &buffer, 1, position, callback)
            }
            let taken = Int(try checkUV(Int32(clamping: result.code), "Cannot read a file"))
            if taken == 0 { break }
            filled += taken
        }
        return [UInt8](UnsafeRawBufferPointer(start: memory, count: filled))
    }

    /// Closes the file; idempotent.
    package func close() async {
        guard descriptor >= 0 else { return }
        let descriptor = self.descriptor
        self.descriptor = -1
        _ = await FileRequest.perform(on: loop) { loop, request, callback in
            uv_fs_close(loop, request, descriptor, callback)
        }
    }
}

/// One file operation under way.
private final class FileRequest {
    struct Result: Sendable {
        var code: Int
        var size: Int
        var mode: UInt32
    }

    private let continuation: CheckedContinuation<Result, Never>

    private init(_ continuation: CheckedContinuation<Result, Never>) { self.continuation = continuation }

    static func perform(
        on loop: EventLoop,
        _ start:
            @escaping @Sendable (UnsafeMutablePointer<uv_loop_t>, UnsafeMutablePointer<uv_fs_t>, uv_fs_cb?) -> Int32
    ) async -> Result {
        await withCheckedContinuation { continuation in
            loop.execute {
                let request = UnsafeMutablePointer<uv_fs_t>.allocate(capacity: 1)
                // Zeroes: libuv fills the status in for fstat only, and it is read after every operation.
                request.initialize(to: uv_fs_t())
                request.pointee.data = Unmanaged.passRetained(FileRequest(continuation)).toOpaque()
                let status = start(loop.uv, request) { request in
                    // Called by libuv on the loop's thread, once; balances the retain above and frees the request.
                    guard let request, let owner = request.pointee.data else { return }
                    let result = Result(
                        code: request.pointee.result,
                        size: Int(clamping: request.pointee.statbuf.st_size),
                        mode: UInt32(truncatingIfNeeded: request.pointee.statbuf.st_mode)
                    )
                    uv_fs_req_cleanup(request)
                    request.deallocate()
                    Unmanaged<FileRequest>.fromOpaque(owner).takeRetainedValue().continuation.resume(returning: result)
                }
                guard status < 0, let owner = request.pointee.data else { return }
                uv_fs_req_cleanup(request)
                request.deallocate()
                Unmanaged<FileRequest>.fromOpaque(owner).takeRetainedValue().continuation
                    .resume(returning: Result(code: Int(status), size: 0, mode: 0))
            }
        }
    }
}
