import Cryptography
import Threads

#if canImport(Glibc)
    import Glibc
#endif

/// Files by their hash: `<directory>/<first two digits>/<sha256>`, written once, never changed.
///
/// A file is there under its name only when all of it is on disk: temporary file, `fsync`, rename, `fsync` of the directory.
/// Work runs on a thread of its own.
///
/// The store says who has a file, a moment after it was written. A file that nobody has goes an hour later as a rule; an erasure
/// does not wait. It sets files aside, asks the store once more, then removes them or puts them back. Until `settle` says
/// that the store knows, a file that was just written is not set aside: the row that names it may come after the question.
/// Whoever writes the same bytes later writes a file anew, for the name is free.
package actor ArtifactFiles {
    /// What was stored.
    package struct Stored: Hashable, Sendable {
        /// SHA-256, 64 lower-case hexadecimal digits.
        package var sha256: String
        /// Length in bytes.
        package var bytes: Int
    }

    private let thread = BlockingThread(name: "cpa-artifacts")
    private let directory: String
    /// Files that were written and not settled yet, and how often.
    private var unsettled: [String: Int] = [:]

    /// Work runs on the files' thread.
    package nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    /// Opens the directory, created with mode 0700, and removes what a crash left half-written.
    ///
    /// - Throws: `StorageError`.
    package init(directory: String) async throws {
        self.directory = directory
        try Directory.create(directory + "/incoming", mode: 0o700)
        try Directory.create(directory + "/aside", mode: 0o700)
        removeIncoming()
        // Whether somebody has them nobody could ask any more.
        putBack(Self.names(in: directory + "/aside"))
    }

    /// Where the file of that hash is, whether it exists or not.
    package nonisolated func path(sha256: String) -> String { "\(directory)/\(sha256.prefix(2))/\(sha256)" }

    /// Whether the file of that hash is there.
    package func contains(sha256: String) -> Bool { access(path(sha256: sha256), R_OK) == 0 }

    /// Removes a file nobody names any more.
    ///
    /// - Parameter time: a file written since, in seconds since 1970, stays: somebody may be about to name it.
    package func remove(sha256: String, unlessWrittenSince time: Int64) {
        var status = stat()
        guard stat(path(sha256: sha256), &status) == 0, Int64(status.st_mtim.tv_sec) < time else { return }
        unlink(path(sha256: sha256))
    }

    /// Takes files out of their places, all but those that were written and are not settled.
    ///
    /// - Returns: those that were there; `removeAside` or `putBack` every one of them.
    package func setAside(_ hashes: [String]) -> [String] {
        hashes.filter { unsettled[$0] == nil && rename(path(sha256: $0), aside($0)) == 0 }
    }

    /// Removes files that were set aside; when this returns that is on disk.
    ///
    /// - Throws: `StorageError`; those that are left are back in their places then, where the janitor finds them.
    package func removeAside(_ hashes: [String]) throws {
        for hash in hashes where unlink(aside(hash)) != 0 && errno != ENOENT {
            let error = StorageError(errno: errno, "remove '\(aside(hash))'")
            putBack(hashes)
            throw error
        }
        for prefix in Set(hashes.map { $0.prefix(2) }) { try sync("\(directory)/\(prefix)") }
        try sync(directory + "/aside")
    }

    /// Puts files back that were set aside; one that was written anew meanwhile is the same.
    package func putBack(_ hashes: [String]) {
        for hash in hashes {
            if access(path(sha256: hash), F_OK) == 0 {
                unlink(aside(hash))
            } else {
                rename(aside(hash), path(sha256: hash))
            }
        }
    }

    /// Says that the store knows by now who has a file that was written, or that nobody will.
    package func settle(_ stored: Stored) {
        let rest = unsettled[stored.sha256, default: 1] - 1
        unsettled[stored.sha256] = rest > 0 ? rest : nil
    }

    private func aside(_ sha256: String) -> String { "\(directory)/aside/\(sha256)" }

    /// Begins a file whose bytes come piece by piece; `finish` or `discard` it.
    ///
    /// - Parameter limit: bytes at most; one more throws `tooLarge`.
    /// - Throws: `StorageError`.
    package func begin(limit: Int) throws -> ArtifactUpload {
        try ArtifactUpload(path: "\(directory)/incoming/\(Hex.encode(RandomBytes.generate(16)))", limit: limit)
    }

    /// Takes the next bytes of a file.
    ///
    /// - Throws: `StorageError`: `storageFull`, `tooLarge`, `ioError`.
    package func append(_ bytes: [UInt8], to upload: ArtifactUpload) throws {
        try bytes.withUnsafeBytes { try upload.append($0) }
    }

    /// Makes a file durable under its hash; `settle` it when the store knows who has it.
    ///
    /// - Parameter sha256: what it must be; nil for anything.
    /// - Throws: `StorageError`: `contentMismatch`, `storageFull`, `ioError`; the file is discarded then.
    package func finish(_ upload: ArtifactUpload, sha256: String? = nil) throws -> Stored {
        do {
            let stored = try upload.seal()
            guard sha256 == nil || sha256 == stored.sha256 else {
                throw StorageError(.contentMismatch, "The file has SHA-256 \(stored.sha256), not \(sha256 ?? "")")
            }
            let target = path(sha256: stored.sha256)
            try Directory.create("\(directory)/\(stored.sha256.prefix(2))", mode: 0o700)
            guard rename(upload.path, target) == 0 else { throw StorageError(errno: errno, "rename to '\(target)'") }
            try sync("\(directory)/\(stored.sha256.prefix(2))")
            unsettled[stored.sha256, default: 0] += 1
            return stored
        } catch {
            upload.discard()
            throw error
        }
    }

    /// Gives up on a file.
    package func discard(_ upload: ArtifactUpload) { upload.discard() }

    /// Writes a copy of a file to `path`, mode 0600, replacing what is there.
    ///
    /// - Throws: `StorageError`: `notFound`, `storageFull`, `ioError`; nothing is left at `path` then.
    package func copy(sha256: String, to path: String) throws {
        let source = open(self.path(sha256: sha256), O_RDONLY | O_CLOEXEC)
        guard source >= 0 else { throw StorageError(errno: errno, "read the file \(sha256)") }
        defer { close(source) }
        let target = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard target >= 0 else { throw StorageError(errno: errno, "create '\(path)'") }
        do {
            defer { close(target) }
            try Self.forEachPiece(of: source, named: sha256) { try Self.write($0, to: target, named: path) }
        } catch {
            unlink(path)
            throw error
        }
    }

    /// Stores a copy of a file; `settle` it when the store knows who has it.
    ///
    /// - Throws: as `append` and `finish`; `notFound` when it is not there.
    package func store(path: String, sha256: String? = nil, limit: Int) throws -> Stored {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw StorageError(errno: errno, "read '\(path)'") }
        defer { close(file) }
        let upload = try begin(limit: limit)
        do {
            try Self.forEachPiece(of: file, named: path) { try upload.append($0) }
        } catch {
            upload.discard()
            throw error
        }
        return try finish(upload, sha256: sha256)
    }

    private static func forEachPiece(
        of file: Int32,
        named name: String,
        _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 * 1024, alignment: 16)
        defer { piece.deallocate() }
        while true {
            let count = read(file, piece.baseAddress, piece.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw StorageError(errno: errno, "read '\(name)'") }
            if count == 0 { return }
            try body(UnsafeRawBufferPointer(rebasing: piece[..<count]))
        }
    }

    /// Writes all of a piece.
    static func write(_ bytes: UnsafeRawBufferPointer, to file: Int32, named path: String) throws {
        var rest = bytes
        while !rest.isEmpty {
            let count = Glibc.write(file, rest.baseAddress, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw StorageError(errno: errno, "write '\(path)'") }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    private func sync(_ directory: String) throws {
        let file = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard file >= 0 else { throw StorageError(errno: errno, "open '\(directory)'") }
        defer { close(file) }
        guard fsync(file) == 0 else { throw StorageError(errno: errno, "sync '\(directory)'") }
    }

    private func removeIncoming() {
        for name in Self.names(in: directory + "/incoming") { unlink("\(directory)/incoming/\(name)") }
    }

    private static func names(in directory: String) -> [String] {
        guard let entries = opendir(directory) else { return [] }
        defer { closedir(entries) }
        var names: [String] = []
        while let entry = readdir(entries) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}
