import Cryptography
package import JobModel
package import Telemetry
import Threads

#if canImport(Glibc)
    import Glibc
#endif

/// The file checkpoints are added to, never changed: `chattr +a` holds it to that, a copy elsewhere is better.
package actor AuditCheckpointFile {
    private let thread = BlockingThread(name: "cpa-checkpoint")
    private let path: String
    private let seed: [UInt8]
    private let logger: Logger
    private var last = [UInt8](repeating: 0, count: 32)
    private var heads: [TenantID: Int64] = [:]

    /// Work runs on the file's thread.
    package nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    /// Opens the file, or begins it.
    ///
    /// - Parameter seed: of the key that signs, 32 bytes.
    /// - Throws: `StorageError`.
    package init(path: String, seed: [UInt8], logger: Logger = .silent) async throws {
        self.path = path
        self.seed = seed
        self.logger = logger
        guard seed.count == 32 else { throw StorageError(.damaged, "The signing key of the audit has 32 bytes") }
        try load()
    }

    private func load() throws {
        guard access(path, F_OK) == 0 else { return }
        var link = AuditCheckpointLink()
        heads = [:]
        for line in try AuditCheckpointFile.lines(of: path) {
            link.add(line)
            guard let checkpoint = AuditCheckpoint(line: line) else { continue }
            heads[checkpoint.tenant] = checkpoint.sequence
        }
        last = link.hash
        guard link.tornLines > 0 else { return }
        logger.warning("The checkpoints of the audit end in a torn line: the next one is chained to it", ["path": path])
    }

    /// The last record of each tenant that is covered.
    package var covered: [TenantID: Int64] { heads }

    /// Adds the heads that moved.
    ///
    /// - Returns: how many there were.
    /// - Throws: `StorageError`, `CryptographyError`.
    @discardableResult
    package func add(_ new: [(tenant: TenantID, sequence: Int64, hash: [UInt8])], at time: Int64) throws -> Int {
        let moved = new.filter { head in head.sequence > heads[head.tenant] ?? 0 }
        try sign(moved.map { ($0.tenant, $0.sequence, $0.hash, nil) }, at: time)
        return moved.count
    }

    /// Notes that a backup took the place of the data, for the tenants of which checkpoints have seen more, or something else.
    ///
    /// - Parameters:
    ///   - store: the restored data, to which nothing was added yet.
    ///   - aside: where the data from before lies.
    /// - Returns: what checkpoints had seen that is only there now.
    /// - Throws: `StorageError`, `CryptographyError`; `AuditChain.Break` when the checkpoints cannot be trusted, nothing is noted
    ///   then.
    package func noteRestore(of store: any Store, aside: String, at time: Int64) async throws -> [AuditRestore] {
        let publicKey = try SigningKey(seed: seed).publicKey
        guard access(path, F_OK) == 0 else { return [] }
        let reading = try AuditMarks.read(path, publicKey)
        if let problem = reading.problem { throw problem }
        let heads = try await store.read { try $0.auditHeads() }
        var lines: [(tenant: TenantID, sequence: Int64, hash: [UInt8], restore: AuditCheckpoint.Restore?)] = []
        var restores: [AuditRestore] = []
        for (tenant, marks) in reading.marks.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            let head = heads.first { $0.tenant == tenant } ?? (tenant, 0, AuditChain.root)
            let kept = try await store.read { try marks.kept(by: $0, of: tenant, head: head.sequence) }
            guard let seen = marks.live.map(\.sequence).max(), seen > kept else { continue }
            lines.append((tenant, head.sequence, head.hash, AuditCheckpoint.Restore(kept: kept, aside: aside)))
            restores.append(AuditRestore(tenant: tenant, timestamp: time, kept: kept, seen: seen, aside: aside))
        }
        try sign(lines, at: time)
        return restores
    }

    private func sign(
        _ new: [(tenant: TenantID, sequence: Int64, hash: [UInt8], restore: AuditCheckpoint.Restore?)],
        at time: Int64
    ) throws {
        guard !new.isEmpty else { return }
        let key = try SigningKey(seed: seed)
        var text = ""
        var last = last
        for head in new {
            let checkpoint = try AuditCheckpoint(
                tenant: head.tenant,
                sequence: head.sequence,
                hash: head.hash,
                timestamp: time,
                previous: last,
                restore: head.restore,
                key: key
            )
            text += checkpoint.line + "\n"
            last = SHA256.digest(of: checkpoint.line).bytes
        }
        try append(text)
        self.last = last
        for head in new { heads[head.tenant] = head.sequence }
    }

    /// Adds lines, all of them or none, behind whatever an interrupted write left.
    private func append(_ text: String) throws {
        let file = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw StorageError(errno: errno, "open '\(path)'") }
        defer { close(file) }
        let length = lseek(file, 0, SEEK_END)
        guard length >= 0 else { throw StorageError(errno: errno, "measure '\(path)'") }
        do {
            let text = try endsInLine(file, length) ? text : "\n" + text
            try Array(text.utf8).withUnsafeBytes { try ArtifactFiles.write($0, to: file, named: path) }
            guard fsync(file) == 0 else { throw StorageError(errno: errno, "sync '\(path)'") }
        } catch {
            // Where the file may only grow, what was written stays, and the next line is chained to that.
            if ftruncate(file, length) != 0 { try? load() }
            throw error
        }
    }

    private func endsInLine(_ file: Int32, _ length: Int) throws -> Bool {
        guard length > 0 else { return true }
        var byte: UInt8 = 0
        guard pread(file, &byte, 1, length - 1) == 1 else { throw StorageError(errno: errno, "read '\(path)'") }
        return byte == UInt8(ascii: "\n")
    }

    /// The lines of a file of checkpoints.
    ///
    /// - Throws: `StorageError`.
    static func lines(of path: String) throws -> [String] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw StorageError(errno: errno, "read '\(path)'") }
        defer { close(file) }
        var bytes: [UInt8] = []
        while true {
            let piece = [UInt8](unsafeUninitializedCapacity: 64 << 10) { buffer, count in
                count = max(0, read(file, buffer.baseAddress, buffer.count))
            }
            if piece.isEmpty { break }
            bytes += piece
        }
        return bytes.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
    }
}
