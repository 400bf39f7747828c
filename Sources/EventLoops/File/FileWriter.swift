#if canImport(Glibc)
    import Glibc
#endif

/// Writes a new file piece by piece on libuv's own threads, so that a slow disk stops neither a loop nor the task pool.
///
/// One call at a time; `close()` before letting go.
package struct FileWriter: Sendable {
    private let loop: EventLoop
    private let descriptor: Int32
    private let path: String

    private init(loop: EventLoop, descriptor: Int32, path: String) {
        self.loop = loop
        self.descriptor = descriptor
        self.path = path
    }

    /// Creates the file (mode 0600); it must not exist.
    ///
    /// - Throws: `EventLoopError` with `system`.
    package static func create(_ path: String, on loop: EventLoop) async throws -> FileWriter {
        let descriptor = try await loop.runBlocking {
            let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { throw failure("create", path) }
            return descriptor
        }
        return FileWriter(loop: loop, descriptor: descriptor, path: path)
    }

    /// Appends all of it, or puts it over what is at a place.
    ///
    /// - Throws: `EventLoopError` with `system`, such as a full disk.
    package func write(_ bytes: [UInt8], over place: Int? = nil) async throws {
        let (descriptor, path) = (descriptor, path)
        try await loop.runBlocking {
            try bytes.withUnsafeBytes { memory in
                var written = 0
                while written < memory.count {
                    let (start, left) = (memory.baseAddress?.advanced(by: written), memory.count - written)
                    let count =
                        place.map { pwrite(descriptor, start, left, $0 + written) }
                        ?? Glibc.write(descriptor, start, left)
                    if count < 0, errno == EINTR { continue }
                    guard count > 0 else { throw Self.failure("write", path) }
                    written += count
                }
            }
        }
    }

    /// Closes the file; called exactly once.
    package func close() async {
        let descriptor = descriptor
        try? await loop.runBlocking { _ = Glibc.close(descriptor) }
    }

    private static func failure(_ verb: String, _ path: String) -> EventLoopError {
        EventLoopError(code: .system, message: "Cannot \(verb) \(path): \(String(cString: strerror(errno)))")
    }
}
