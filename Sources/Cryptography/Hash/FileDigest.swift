import Threads

#if canImport(Glibc)
    import Glibc
#endif

/// The SHA-256 and length of a file.
package struct FileDigest: Hashable, Sendable {
    /// SHA-256 of the content.
    package var sha256: Digest
    /// Length in bytes.
    package var bytes: Int

    private static let thread = BlockingThread(name: "cpa-hash")
    private static let pieceSize = 256 * 1024

    /// Reads and hashes a file on a thread of its own, never on the cooperative pool.
    ///
    /// - Throws: `CryptographyError` with `unreadableFile`; `CancellationError` between two pieces of 256 KiB.
    package static func compute(path: String) async throws -> FileDigest {
        let work = Task(executorPreference: thread) { try read(path) }
        return try await withTaskCancellationHandler {
            try await work.value
        } onCancel: {
            work.cancel()
        }
    }

    private static func read(_ path: String) throws -> FileDigest {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw unreadable(path) }
        defer { close(file) }
        var hash = SHA256()
        var total = 0
        let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: pieceSize, alignment: 16)
        defer { piece.deallocate() }
        while true {
            try Task.checkCancellation()
            let count = Glibc.read(file, piece.baseAddress, piece.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw unreadable(path) }
            if count == 0 { return FileDigest(sha256: hash.finalize(), bytes: total) }
            hash.update(bytes: UnsafeRawBufferPointer(rebasing: piece[..<count]))
            total += count
        }
    }

    private static func unreadable(_ path: String) -> CryptographyError {
        let reason = String(cString: strerror(errno))
        return CryptographyError(code: .unreadableFile, message: "Cannot read '\(path)' to hash it: \(reason)")
    }
}
