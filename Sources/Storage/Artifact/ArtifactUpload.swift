import Cryptography

#if canImport(Glibc)
    import Glibc
#endif

/// A file on its way in, owned by `ArtifactFiles`; removed when dropped without being finished.
package final class ArtifactUpload: @unchecked Sendable {
    // Everything is touched on the thread of `ArtifactFiles` only, and by deinit.
    let path: String
    private let limit: Int
    private var file: Int32
    private var hash: SHA256? = SHA256()
    private var bytes = 0

    init(path: String, limit: Int) throws {
        self.path = path
        self.limit = limit
        file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw StorageError(errno: errno, "create '\(path)'") }
    }

    deinit { discard() }

    func append(_ piece: UnsafeRawBufferPointer) throws {
        guard file >= 0 else { throw StorageError(.ioError, "The upload is over") }
        guard piece.count <= limit - bytes else {
            throw StorageError(.tooLarge, "The file is larger than the \(limit) bytes allowed")
        }
        try ArtifactFiles.write(piece, to: file, named: path)
        hash?.update(bytes: piece)
        bytes += piece.count
    }

    func seal() throws -> ArtifactFiles.Stored {
        guard file >= 0, let digest = hash.take()?.finalize() else {
            throw StorageError(.ioError, "The upload is over")
        }
        guard fsync(file) == 0 else { throw StorageError(errno: errno, "sync '\(path)'") }
        // NFS and quotas report a full disk on close only.
        guard close(file) == 0 else {
            file = -1
            throw StorageError(errno: errno, "close '\(path)'")
        }
        file = -1
        return ArtifactFiles.Stored(sha256: digest.hex, bytes: bytes)
    }

    func discard() {
        if file >= 0 { close(file) }
        file = -1
        unlink(path)
    }
}
