package import JobModel
import SQLite

/// Verifies the audit of a database file, against checkpoints too: what `cpa audit verify` does, without the server.
package enum AuditVerification {
    /// What was found of one tenant's chain.
    package struct Chain: Hashable, Sendable {
        package var tenant: TenantID
        /// Records there are.
        package var records: Int64
        /// Hash of the last.
        package var head: [UInt8]
        /// Checkpoints that fit.
        package var checkpoints: Int
        /// The last record a checkpoint covers.
        package var covered: Int64
        /// Backups that took the place of the data, the oldest first.
        package var restores: [AuditRestore] = []
        /// The first thing wrong; nil when nothing is.
        package var problem: AuditChain.Break?
    }

    /// What was found of all chains, and of the file of checkpoints.
    package struct Outcome: Hashable, Sendable {
        package var chains: [Chain] = []
        /// What was done to the checkpoints; those that are signed were compared all the same.
        package var checkpointProblem: AuditChain.Break?
        /// What an interrupted write left among them, in sentences.
        package var warnings: [String] = []
    }

    /// Verifies every chain of a database, which may be in use.
    ///
    /// - Parameters:
    ///   - checkpoints: path of the file of checkpoints; nil to go without.
    ///   - publicKey: of the key that signed them, 32 bytes.
    ///   - vault: what sealed the records; without it nobody can tell whether the people they name are found by an erasure.
    /// - Throws: `StorageError`.
    package static func run(
        database: String,
        checkpoints: String?,
        publicKey: [UInt8],
        vault: AuditVault? = nil
    ) async throws -> Outcome {
        let reading = try checkpoints.map { try AuditMarks.read($0, publicKey) } ?? AuditMarks.Reading()
        let marks = reading.marks
        do {
            let reader = try await SQLiteReader(path: database)
            var tenants = try await reader.read { database in
                try database.all("SELECT DISTINCT tenant FROM audit ORDER BY tenant") { TenantID($0.text(0)) }
            }
            // A chain that was removed as a whole leaves its checkpoints behind.
            tenants += marks.keys.filter { !tenants.contains($0) }.sorted { $0.rawValue < $1.rawValue }
            var outcome = Outcome(checkpointProblem: reading.problem, warnings: reading.warnings)
            for tenant in tenants {
                outcome.chains.append(try await verify(tenant, marks[tenant] ?? AuditMarks(), reader, vault))
            }
            await reader.close()
            return outcome
        } catch let error as SQLiteError { throw StorageError(error) }
    }

    private static func verify(
        _ tenant: TenantID,
        _ marks: AuditMarks,
        _ reader: SQLiteReader,
        _ vault: AuditVault?
    ) async throws -> Chain {
        var chain = Chain(tenant: tenant, records: 0, head: AuditChain.root, checkpoints: 0, covered: 0)
        chain.restores = marks.restores
        var verifier = AuditChain.Verifier()
        var sealed = AuditChain.SealedRecords()
        var waiting = marks.live.sorted { $0.sequence < $1.sequence }[...]
        do {
            while true {
                let after = chain.records
                let page = try await reader.read { database in
                    try SQLiteStoreSnapshot(database: database, vault: vault).auditPage(
                        of: tenant,
                        after: after,
                        limit: 1_000
                    )
                }
                guard !page.records.isEmpty else { break }
                sealed.take(page)
                for record in page.records {
                    try verifier.take(record)
                    chain.records = record.sequence
                    try compare(record, &waiting, &chain)
                }
            }
            try verifier.finish()
            chain.head = verifier.head
            if let mark = waiting.first {
                throw AuditChain.Break(
                    sequence: chain.records + 1,
                    message:
                        "is missing: a checkpoint of \(RFC3339.format(mark.timestamp)) has seen record \(mark.sequence)"
                )
            }
            sealed.unreadable = try await reader.read { database in
                try SQLiteStoreSnapshot(database: database, vault: nil).unreadableRecord(of: tenant)
            }
            try sealed.finish()
        } catch let problem as AuditChain.Break {
            chain.problem = problem
            chain.head = verifier.head
        }
        return chain
    }

    private static func compare(
        _ record: AuditRecord,
        _ waiting: inout ArraySlice<AuditCheckpoint>,
        _ chain: inout Chain
    ) throws {
        while let mark = waiting.first, mark.sequence <= record.sequence {
            guard mark.sequence == record.sequence, mark.hash == record.hash else {
                throw AuditChain.Break(
                    sequence: chain.covered + 1,
                    message: "or one of those up to \(record.sequence) was written anew: the checkpoint of "
                        + "\(RFC3339.format(mark.timestamp)) has another hash for record \(mark.sequence)"
                )
            }
            waiting.removeFirst()
            chain.checkpoints += 1
            chain.covered = mark.sequence
        }
    }
}
