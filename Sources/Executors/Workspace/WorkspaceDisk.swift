import FoundationEssentials
import JobModel

#if canImport(Glibc)
    import Glibc
#endif

/// Calls on the disk, for the workspace's thread only: all of them block.
enum WorkspaceDisk {
    private static let pieceSize = 256 * 1024

    static func createDirectory(_ path: String) throws(StepFailure) {
        guard mkdir(path, 0o700) != 0, errno != EEXIST else { return }
        throw WorkspaceFailure.system(errno, "create", "the job's directory")
    }

    static func removeTree(_ path: String) {
        try? FileManager.default.removeItem(atPath: path)
    }

    static func removeFile(_ path: String) { unlink(path) }

    static func rename(_ old: String, to new: String, for name: String) throws(StepFailure) {
        guard Glibc.rename(old, new) != 0 else { return }
        throw WorkspaceFailure.system(errno, "keep", name)
    }

    /// Writes a new file; nothing is left of it after a failure.
    static func write(_ bytes: [UInt8], to path: String, for name: String) throws(StepFailure) {
        let file = try create(path, for: name)
        do {
            try bytes.withUnsafeBufferPointer { (buffer) throws(StepFailure) in
                try writeAll(UnsafeRawBufferPointer(buffer), to: file, for: name)
            }
        } catch {
            close(file)
            unlink(path)
            throw error
        }
        try finish(file, path, for: name)
    }

    /// Reads a whole file of at most `limit` bytes.
    static func read(_ path: String, for name: String, limit: Int) throws(StepFailure) -> [UInt8] {
        let size = Int(try status(of: path, for: name).st_size)
        guard size <= limit else {
            throw StepFailure(
                reason: .invalidInput,
                message: "The file '\(name)' has \(size) bytes; 'max_bytes' allows \(limit).",
                isRetryable: false
            )
        }
        let file = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard file >= 0 else { throw WorkspaceFailure.system(errno, "read", name) }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: size)
        var length = 0
        while length < size {
            let count = bytes.withUnsafeMutableBytes {
                Glibc.read(file, $0.baseAddress?.advanced(by: length), size - length)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw WorkspaceFailure.system(errno, "read", name) }
            if count == 0 { break }
            length += count
        }
        return Array(bytes[..<length])
    }

    /// The length of what must be a plain file, not a link to one.
    static func sizeOfRegularFile(_ path: String, for name: String) throws(StepFailure) -> Int {
        Int(try status(of: path, for: name).st_size)
    }

    /// Renames a file that is ours alone, else copies it and removes the original.
    ///
    /// A file another user owns (the browser's) or another link reaches could change after it was hashed.
    static func moveOrCopy(_ path: String, to new: String, for name: String, limit: Int) throws(StepFailure) {
        let status = try status(of: path, for: name)
        if status.st_uid == geteuid(), status.st_nlink == 1 {
            if Glibc.rename(path, new) == 0 {
                chmod(new, 0o600)
                return
            }
            guard errno == EXDEV else { throw WorkspaceFailure.system(errno, "move", name) }
        }
        try copy(path, to: new, for: name, limit: limit)
        unlink(path)
    }

    private static func status(of path: String, for name: String) throws(StepFailure) -> stat {
        var status = stat()
        guard lstat(path, &status) == 0 else { throw WorkspaceFailure.system(errno, "take over", name) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw StepFailure(
                reason: .ioError,
                message: "Cannot take over '\(name)': it is not a plain file.",
                isRetryable: false
            )
        }
        return status
    }

    private static func copy(_ path: String, to new: String, for name: String, limit: Int) throws(StepFailure) {
        // Not following links and not waiting for a pipe: the path may have been exchanged since it was looked at.
        let source = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard source >= 0 else { throw WorkspaceFailure.system(errno, "read", name) }
        defer { close(source) }
        let file = try create(new, for: name)
        do {
            try copyAll(from: source, to: file, for: name, limit: limit)
        } catch {
            close(file)
            unlink(new)
            throw error
        }
        try finish(file, new, for: name)
    }

    private static func copyAll(from source: Int32, to file: Int32, for name: String, limit: Int) throws(StepFailure) {
        let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: pieceSize, alignment: 16)
        defer { piece.deallocate() }
        var total = 0
        while true {
            let count = Glibc.read(source, piece.baseAddress, piece.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw WorkspaceFailure.system(errno, "read", name) }
            if count == 0 { return }
            total += count
            guard total <= limit else {
                throw WorkspaceFailure.full("The file '\(name)' has more than the \(limit) bytes that are allowed.")
            }
            try writeAll(UnsafeRawBufferPointer(rebasing: piece[..<count]), to: file, for: name)
        }
    }

    private static func create(_ path: String, for name: String) throws(StepFailure) -> Int32 {
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw WorkspaceFailure.system(errno, "write", name) }
        return file
    }

    private static func writeAll(_ buffer: UnsafeRawBufferPointer, to file: Int32, for name: String) throws(StepFailure)
    {
        var rest = buffer
        while !rest.isEmpty {
            let count = Glibc.write(file, rest.baseAddress, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw WorkspaceFailure.system(count == 0 ? ENOSPC : errno, "write", name) }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    /// Some file systems tell only on closing that the disk is full.
    private static func finish(_ file: Int32, _ path: String, for name: String) throws(StepFailure) {
        guard close(file) != 0 else { return }
        let code = errno
        unlink(path)
        throw WorkspaceFailure.system(code, "write", name)
    }
}
