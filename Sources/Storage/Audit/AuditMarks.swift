import Cryptography
package import JobModel

/// A backup took the place of the data: records that checkpoints had seen are only in what was set aside.
package struct AuditRestore: Hashable, Sendable {
    package var tenant: TenantID
    /// Milliseconds since 1970.
    package var timestamp: Int64
    /// The last record checkpoints from before hold for.
    package var kept: Int64
    /// The last record they had seen.
    package var seen: Int64
    /// Where the data from before lies.
    package var aside: String
}

/// The checkpoints of one tenant, in the order they were made.
struct AuditMarks {
    /// Those the chain must match: of the data there was before a restore only as far as that holds.
    private(set) var live: [AuditCheckpoint] = []
    /// Backups that took the place of the data.
    private(set) var restores: [AuditRestore] = []

    private mutating func take(_ mark: AuditCheckpoint) {
        if let restore = mark.restore {
            let seen = live.map(\.sequence).max() ?? 0
            live.removeAll { $0.sequence > restore.kept }
            restores.append(
                AuditRestore(
                    tenant: mark.tenant,
                    timestamp: mark.timestamp,
                    kept: restore.kept,
                    seen: seen,
                    aside: restore.aside
                )
            )
        }
        // A backup from before the tenant's first record has no head.
        if mark.sequence > 0 { live.append(mark) }
    }

    /// How far the checkpoints hold for restored data: to its head, or to the last one that it matches.
    ///
    /// One that matches vouches for all before it: every record's hash is over the one before.
    func kept(by snapshot: any StoreSnapshot, of tenant: TenantID, head: Int64) throws -> Int64 {
        let marks = live.filter { $0.sequence <= head }.sorted { $0.sequence > $1.sequence }
        for (index, mark) in marks.enumerated() {
            let record = try snapshot.audit(of: tenant, after: mark.sequence - 1, limit: 1).first
            if record?.hash == mark.hash { return index == 0 ? head : mark.sequence }
        }
        return marks.isEmpty ? head : 0
    }

    /// The checkpoints of a file by tenant.
    ///
    /// - Throws: `StorageError`; `AuditChain.Break` with sequence 0 when they were tampered with.
    static func read(_ path: String, _ key: [UInt8]) throws -> [TenantID: AuditMarks] {
        var found: [TenantID: AuditMarks] = [:]
        var last = [UInt8](repeating: 0, count: 32)
        for (index, line) in try AuditCheckpointFile.lines(of: path).enumerated() {
            guard let checkpoint = AuditCheckpoint(line: line), checkpoint.isSigned(by: key) else {
                throw AuditChain.Break(sequence: 0, message: "line \(index + 1) of \(path) is not signed with this key")
            }
            guard checkpoint.previous == last else {
                throw AuditChain.Break(sequence: 0, message: "before line \(index + 1) of \(path) lines were taken out")
            }
            last = SHA256.digest(of: line).bytes
            found[checkpoint.tenant, default: AuditMarks()].take(checkpoint)
        }
        return found
    }
}
