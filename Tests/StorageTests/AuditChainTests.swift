import JSON
import JobModel
import SQLite
import Testing

@testable import Storage

@Suite struct AuditChainTests {
    /// Writes 20 records, changes the database behind the store's back, and returns what verification says.
    private func breakAfter(_ damage: String...) async throws -> AuditChain.Break? {
        var found: AuditChain.Break?
        try await withStore { store, path in
            try await store.write { transaction in
                for index in 0..<20 {
                    try transaction.append(
                        AuditEntry(
                            tenant: .default,
                            timestamp: Int64(index),
                            actor: "cli",
                            action: "job.submitted",
                            job: index % 3 == 0 ? nil : JobID("j\(index)"),
                            detail: ["index": JSONValue(index)]
                        )
                    )
                }
            }
            let intruder = try await SQLiteWriter(path: path, migrations: Schema.migrations)
            for statement in damage { try await intruder.write { try $0.database.run(statement) } }
            await intruder.close()
            let records = try await store.read { try $0.audit(of: .default, after: 0, limit: 100) }
            var verifier = AuditChain.Verifier()
            do {
                for record in records { try verifier.take(record) }
            } catch let error as AuditChain.Break { found = error }
        }
        return found
    }

    @Test func `records of writes that share a commit are one chain, also when some are taken back`() async throws {
        struct Refused: Error {}
        try await withStore { store, _ in
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<60 {
                    group.addTask {
                        try? await store.write { transaction in
                            for tenant in [TenantID.default, "other"] {
                                try transaction.append(
                                    AuditEntry(
                                        tenant: tenant,
                                        timestamp: Int64(number),
                                        actor: "cli",
                                        action: "job.submitted",
                                        job: nil
                                    )
                                )
                            }
                            if number % 7 == 0 { throw Refused() }
                        }
                    }
                }
            }
            for tenant in [TenantID.default, "other"] {
                let records = try await store.read { try $0.audit(of: tenant, after: 0, limit: 100) }
                var verifier = AuditChain.Verifier()
                for record in records { try verifier.take(record) }
                #expect(records.count == 51)
            }
        }
    }

    @Test func `a chain nobody touched verifies`() async throws {
        #expect(try await breakAfter() == nil)
    }

    @Test(arguments: [
        "ts_ms = 99", "actor = 'other'", "action = 'job.done'", "job = 'j99'", "detail = '{}'", "hash = zeroblob(32)",
        "version = 1", "detail = replace(detail, '{', '{ ')",
    ])
    func `a changed record is named`(change: String) async throws {
        #expect(try await breakAfter("UPDATE audit SET \(change) WHERE seq = 7")?.sequence == 7)
    }

    @Test(arguments: [1, 7, 19])
    func `a removed record is named`(sequence: Int64) async throws {
        #expect(try await breakAfter("DELETE FROM audit WHERE seq = \(sequence)")?.sequence == sequence)
    }

    @Test func `exchanged records are noticed at the first of them`() async throws {
        let found = try await breakAfter(
            "UPDATE audit SET seq = 100 WHERE seq = 4",
            "UPDATE audit SET seq = 4 WHERE seq = 5",
            "UPDATE audit SET seq = 5 WHERE seq = 100"
        )
        #expect(found?.sequence == 4)
    }

    @Test func `each tenant has its own chain`() async throws {
        try await withStore { store, _ in
            try await store.write { transaction in
                for tenant in ["a", "b", "a"] {
                    try transaction.append(
                        AuditEntry(tenant: TenantID(tenant), timestamp: 1, actor: "cli", action: "x", job: nil)
                    )
                }
            }
            let sequences = try await store.read { try $0.audit(of: TenantID("a"), after: 0, limit: 9).map(\.sequence) }
            #expect(sequences == [1, 2])
        }
    }
}
