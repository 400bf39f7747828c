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

    /// What a file of checkpoints says.
    struct Reading {
        /// All that are signed, by tenant.
        var marks: [TenantID: AuditMarks] = [:]
        /// The first thing wrong, with sequence 0: the file was tampered with.
        var problem: AuditChain.Break?
        /// What an interrupted write left, in sentences.
        var warnings: [String] = []

        fileprivate mutating func fail(_ message: String) {
            problem = problem ?? AuditChain.Break(sequence: 0, message: message)
        }
    }

    /// Reads a file of checkpoints to its end, whatever is wrong with it.
    ///
    /// A line that is no checkpoint is what an interrupted write left when the next one is chained to it and to the line before
    /// it (`AuditCheckpointLink`): who signed that one had both before it, so nothing is missing between them. Such a line put
    /// there later, or in the place of a checkpoint, breaks the chain. At the end of the file it proves as little as the end
    /// itself.
    ///
    /// - Throws: `StorageError` when it cannot be read.
    static func read(_ path: String, _ key: [UInt8]) throws -> Reading {
        var reading = Reading()
        var link = AuditCheckpointLink()
        for (index, line) in try AuditCheckpointFile.lines(of: path).enumerated() {
            let place = "line \(index + 1) of \(path)"
            defer { link.add(line) }
            guard let checkpoint = AuditCheckpoint(line: line) else { continue }
            guard checkpoint.isSigned(by: key) else {
                reading.fail("\(place) was edited, or is signed with another key")
                continue
            }
            if checkpoint.previous != link.hash {
                reading.fail(
                    link.tornLines > 0
                        ? "before \(place) a line was edited: it is no checkpoint, and none that an interrupted write left"
                        : link.isEdited ? "the line before \(place) was edited" : "before \(place) lines were taken out"
                )
            } else if link.tornLines > 0 {
                reading.warnings.append(
                    "before \(place) an interrupted write left what is no checkpoint; that line is chained to it and to the one "
                        + "before it, so none is missing"
                )
            }
            reading.marks[checkpoint.tenant, default: AuditMarks()].take(checkpoint)
        }
        if link.tornLines > 0 {
            reading.warnings.append(
                "\(path) ends in what is no checkpoint: an interrupted write left it, or somebody cut it"
            )
        }
        return reading
    }
}
