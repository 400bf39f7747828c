import Cryptography
import FoundationEssentials
import JSON
import JobModel
import SQLite
import TestSupport
import Testing

@testable import Storage

/// What is personal in the audit: readable as long as its key, and the chain whole after that.
@Suite struct AuditVaultTests {
    private static let master = [UInt8](repeating: 3, count: 32)

    private func with(_ body: (SQLiteStore, String) async throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/cpa.db"
            let store = try await SQLiteStore(path: path, vault: try AuditVault(master: Self.master))
            try await body(store, path)
            await store.close()
        }
    }

    private func add(_ store: SQLiteStore, _ job: JobID, _ person: String, at time: Int64 = 5) async throws {
        try await store.write { transaction in
            if try transaction.job(job) == nil { try transaction.insert(JobRecord.sample(job.rawValue)) }
            try transaction.append(
                AuditEntry(
                    tenant: .default,
                    timestamp: time,
                    actor: "worker/w1",
                    action: "step.done",
                    job: job,
                    detail: ["result": "done"],
                    personal: ["touched": .string("mail to \(person)")]
                )
            )
        }
    }

    private func records(_ store: SQLiteStore) async throws -> [AuditRecord] {
        try await store.read { try $0.audit(of: .default, after: 0, limit: 1_000) }
    }

    private func verify(_ records: [AuditRecord]) throws {
        var verifier = AuditChain.Verifier()
        for record in records { try verifier.take(record) }
        try verifier.finish()
    }

    @Test func `what is personal comes back, and does not lie in the file in plain`() async throws {
        try await with { store, path in
            try await add(store, "j1", "canary@kunde.example")
            #expect(try await records(store)[0].personal == ["touched": "mail to canary@kunde.example"])
            await store.checkpoint()
            for file in [path, path + "-wal"] {
                let bytes = FileManager.default.contents(atPath: file) ?? Data()
                #expect(Array(bytes).firstRange(of: Array("canary".utf8)) == nil, "\(file)")
            }
        }
    }

    @Test func `a destroyed key takes its job's personal data and nothing else; the chain stays whole`() async throws {
        try await with { store, path in
            for job in ["j1", "j2"] as [JobID] { try await add(store, job, "canary@kunde.example") }
            let wrapped = try await Self.wrapped(path)
            #expect(wrapped.count == 2)
            let count = try await store.write { try $0.destroyAuditKeys(of: "j1", tenant: .default, at: 9) }
            #expect(count == 1)
            let after = try await records(store)
            #expect(after.map { $0.personal == nil } == [true, false] && after[0].sealed != nil)
            try verify(after)
            await store.checkpoint()
            let bytes = Array(FileManager.default.contents(atPath: path) ?? Data())
            let left = wrapped.filter { bytes.firstRange(of: $0) != nil }
            #expect(left.count == 1, "the destroyed key is still in the file")
            // A new record about the job gets a new key.
            try await add(store, "j1", "canary@kunde.example")
            #expect(try await records(store).map { $0.personal == nil } == [true, false, false])
        }
    }

    private static func wrapped(_ path: String) async throws -> [[UInt8]] {
        let reader = try await SQLiteReader(path: path)
        let keys = try await reader.read { try $0.all("SELECT wrapped FROM audit_keys") { $0.blob(0) } }
        await reader.close()
        return keys
    }

    @Test func `a person is found without being named, in its own tenant only`() async throws {
        try await with { store, path in
            try await add(store, "j1", "Anna Muster <Anna@Kunde.example>")
            try await add(store, "j2", "bert@kunde.example")
            let found = try await store.read { try $0.sealedJobs(naming: "anna@kunde.EXAMPLE", tenant: .default) }
            #expect(found == ["j1"])
            #expect(try await store.read { try $0.sealedJobs(naming: "anna@kunde.example", tenant: "other") } == [])
            _ = try await store.write { try $0.destroyAuditKeys(of: "j1", tenant: .default, at: 9) }
            #expect(try await store.read { try $0.sealedJobs(naming: "anna@kunde.example", tenant: .default) } == [])
        }
    }

    @Test func `a sealed record moved to another place cannot be read there`() throws {
        let vault = try AuditVault(master: Self.master)
        let (one, two) = (try vault.makeKey("k1", .default), try vault.makeKey("k2", .default))
        let sealed = try vault.seal(["a": 1], key: one, "k1", .default)
        #expect(try vault.open(sealed, key: one, "k1", .default) == ["a": 1])
        #expect(try vault.open(sealed, key: two, "k2", .default) == nil)
        #expect(try vault.open(sealed, key: one, "k1", "other") == nil)
        #expect(try vault.open(sealed, key: one, "k2", .default) == nil)
    }

    @Test func `a store does not open with another key than its records were sealed with`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/cpa.db"
            let store = try await SQLiteStore(path: path, vault: try AuditVault(master: Self.master))
            try await add(store, "j1", "a@b.example")
            await store.close()
            let other = try AuditVault(master: [UInt8](repeating: 4, count: 32))
            let error = await #expect(throws: StorageError.self) { try await SQLiteStore(path: path, vault: other) }
            #expect(error?.message.contains("audit-key") == true)
        }
    }

    @Test func `without a vault nothing personal is kept`() async throws {
        try await withStore { store, _ in
            try await add(store, "j1", "a@b.example")
            let record = try await records(store)[0]
            #expect(record.sealed == nil && record.key == nil && !record.detail.contains("@"))
        }
    }

    // MARK: What erasure leaves

    private func isFound(_ word: String, beside path: String) -> Bool {
        [path, path + "-wal"].contains { file in
            let bytes = FileManager.default.contents(atPath: file) ?? Data()
            return Array(bytes).firstRange(of: Array(word.utf8)) != nil
        }
    }

    @Test func `of jobs and messages that were deleted nothing lies in pages that became free`() async throws {
        try await with { store, path in
            let canary = String(repeating: "canary@kunde.example ", count: 2_000)
            var job = JobRecord.sample("j1")
            job.scenario = StoredJSON(["name": "sample", "tasks": [], "note": .string(canary)])
            // What a message says is kept up to a length.
            let (named, body) = (job, StoredJSON(["note": .string(String(canary.prefix(1_000)))]))
            try await store.write { transaction in
                try transaction.insert(named)
                try transaction.insert(JobRecord.sample("j2"))
                try transaction.insert(
                    MessageRecord(
                        id: "m1",
                        tenant: .default,
                        job: nil,
                        type: "request",
                        sender: "agent://x",
                        fingerprint: [1],
                        answer: [:],
                        body: body,
                        received: 1
                    )
                )
            }
            await store.checkpoint()
            #expect(isFound("canary", beside: path), "the control: it was there")
            let messages = try await store.read {
                try $0.joblessMessages(naming: "canary@kunde.example", tenant: .default, after: nil, limit: 9).found
            }
            #expect(messages == ["m1"])
            try await store.write { transaction in
                try transaction.deleteJob("j1", at: 5)
                try transaction.deleteMessages(messages, tenant: .default)
            }
            await store.checkpoint()
            #expect(!isFound("canary", beside: path))
            #expect(try await store.read { try $0.job("j2") } != nil)
        }
    }

    @Test func `a key that is gone is missed, unless its erasure is on record`() async throws {
        try await with { store, path in
            for job in ["j1", "j2", "j3"] as [JobID] { try await add(store, job, "a@b.example") }
            try await store.write { transaction in
                _ = try transaction.destroyAuditKeys(of: "j1", tenant: .default, at: 9)
                try transaction.append(
                    AuditEntry(tenant: .default, timestamp: 9, actor: "k", action: "audit.erased", job: "j1")
                )
            }
            func missed() async throws -> Int64? {
                let outcome = try await AuditVerification.run(database: path, checkpoints: nil, publicKey: [])
                return outcome.chains.first?.problem?.sequence
            }
            #expect(try await missed() == nil)
            let intruder = try await SQLiteWriter(path: path, migrations: Schema.migrations)
            for (statement, sequence) in [
                ("UPDATE audit_keys SET wrapped = x'' WHERE job = 'j3'", 3),
                ("UPDATE audit_keys SET destroyed_ms = 9 WHERE job = 'j3'", 3),
                ("DELETE FROM audit_keys WHERE job = 'j2'", 2),
            ] as [(String, Int64)] {
                try await intruder.write { try $0.database.run(statement) }
                #expect(try await missed() == sequence, "\(statement)")
            }
            await intruder.close()
        }
    }

    @Test func `what has expired is no key that is missed`() async throws {
        try await with { store, path in
            try await add(store, "j1", "a@b.example")
            try await store.write { transaction in
                _ = try transaction.destroyAuditKeys(madeBefore: 100, at: 200, limit: 9)
                try transaction.append(
                    AuditEntry(
                        tenant: .default,
                        timestamp: 200,
                        actor: "retention",
                        action: "audit.personal_expired",
                        job: nil
                    )
                )
            }
            let outcome = try await AuditVerification.run(database: path, checkpoints: nil, publicKey: [])
            #expect(outcome.chains.map(\.problem) == [nil])
        }
    }

    @Test func `what is sealed about no job is found by the person, and its key destroyed`() async throws {
        try await with { store, _ in
            try await store.write { transaction in
                try transaction.append(
                    AuditEntry(
                        tenant: .default,
                        timestamp: 5,
                        actor: "k",
                        action: "audit.held",
                        job: nil,
                        personal: ["reason": "suit of anna@kunde.example"]
                    )
                )
            }
            for (person, count) in [("bert@kunde.example", 0), ("Anna@kunde.example", 1)] {
                let records = try await store.write {
                    try $0.destroyJoblessAuditKeys(naming: person, tenant: .default, at: 9)
                }
                #expect(records == count, "\(person)")
            }
            #expect(try await records(store)[0].personal == nil)
        }
    }

    // MARK: Details

    private func add(_ store: SQLiteStore, _ action: String, _ detail: JSONObject) async throws {
        try await store.write { transaction in
            try transaction.append(
                AuditEntry(tenant: .default, timestamp: 5, actor: "k", action: action, job: nil, detail: detail)
            )
        }
    }

    @Test(
        arguments: [
            ["name": "anna@kunde.example"], ["note": "for anna%40kunde.example"],
            ["message": "anna&#64;kunde.example"],
            ["who": ["anna@kunde.example"]],
        ] as [JSONObject]
    )
    func `what may be an address is sealed, whoever writes the record`(named: JSONObject) async throws {
        try await with { store, path in
            try await add(store, "schedule.created", named.merging(["schedule": "s1"]))
            let record = try #require(try await records(store).first)
            #expect(record.detail == #"{"schedule":"s1"}"# && record.personal == named)
            await store.checkpoint()
            #expect(!isFound("anna", beside: path))
            let count = try await store.write {
                try $0.destroyJoblessAuditKeys(naming: "anna@kunde.example", tenant: .default, at: 9)
            }
            #expect(count == 1)
            try verify(try await records(store))
        }
    }

    @Test func `who is erased takes nothing along that is sealed about others`() async throws {
        try await with { store, _ in
            for name in ["anna@kunde.example", "bert@kunde.example"] {
                try await add(store, "key.created", ["name": .string(name)])
            }
            let count = try await store.write {
                try $0.destroyJoblessAuditKeys(naming: "anna@kunde.example", tenant: .default, at: 9)
            }
            #expect(count == 1)
            #expect(try await records(store).map(\.personal) == [nil, ["name": "bert@kunde.example"]])
        }
    }

    @Test(arguments: ["", " WHERE key = (SELECT key FROM audit WHERE seq = 2)"])
    func `what people are found by is missed when it is taken out`(which: String) async throws {
        try await with { store, path in
            for job in ["j1", "j2"] as [JobID] { try await add(store, job, "a@b.example") }
            let vault = try AuditVault(master: Self.master)
            func missed(_ vault: AuditVault?) async throws -> Int64? {
                let outcome = try await AuditVerification.run(
                    database: path,
                    checkpoints: nil,
                    publicKey: [],
                    vault: vault
                )
                return outcome.chains.first?.problem?.sequence
            }
            #expect(try await missed(vault) == nil)
            let intruder = try await SQLiteWriter(path: path, migrations: Schema.migrations)
            try await intruder.write { try $0.database.run("DELETE FROM audit_subjects" + which) }
            await intruder.close()
            #expect(try await missed(vault) == (which.isEmpty ? 1 : 2))
            #expect(try await missed(nil) == nil, "nobody can tell without the key")
        }
    }

    @Test func `a person whose records were erased or have expired is not missed`() async throws {
        try await with { store, path in
            for job in ["j1", "j2"] as [JobID] { try await add(store, job, "a@b.example") }
            try await store.write { transaction in
                _ = try transaction.destroyAuditKeys(of: "j1", tenant: .default, at: 9)
                try transaction.append(
                    AuditEntry(tenant: .default, timestamp: 9, actor: "k", action: "audit.erased", job: "j1")
                )
            }
            let outcome = try await AuditVerification.run(
                database: path,
                checkpoints: nil,
                publicKey: [],
                vault: try AuditVault(master: Self.master)
            )
            #expect(outcome.chains.map(\.problem) == [nil])
        }
    }

    // MARK: Retention

    @Test func `retention takes out a class by its age, and the chain says so`() async throws {
        try await with { store, _ in
            for time in [10, 20, 30] as [Int64] { try await add(store, "j1", "a@b.example", at: time) }
            try await store.write { transaction in
                try transaction.append(
                    AuditEntry(tenant: .default, timestamp: 15, actor: "k", action: "queue.paused", job: nil)
                )
            }
            // Done at every start of an installation that does not keep the audit for ever.
            for _ in 0..<2 { try await store.write { try $0.indexAuditByAge() } }
            let pruned = try await store.write { try $0.pruneAudit(.operation, before: 25, at: 60, limit: 100) }
            #expect(pruned == [.default: [1, 2]])
            let left = try await records(store)
            #expect(left.map(\.version) == [0, 0, 2, 2, 2])
            #expect(left[0].actor == "" && left[0].sealed == nil && left[0].job == nil)
            #expect(left[4].timestamp == 60, "it says when that was, not from before when")
            #expect(left[4].action == "audit.pruned" && left[4].detail.contains("[[1,2]]"), "\(left[4].detail)")
            try verify(left)
            // The same by hand is no retention.
            var forged = left
            forged[3].version = 0
            #expect(
                throws: AuditChain.Break(
                    sequence: 4,
                    message: "was taken out, and no later record says that retention did"
                )
            ) { try verify(forged) }
        }
    }

    @Test func `a hold keeps records and keys from retention`() async throws {
        try await with { store, _ in
            for job in ["j1", "j2"] as [JobID] { try await add(store, job, "a@b.example") }
            try await store.write { transaction in
                try transaction.save(
                    AuditHold(id: "h1", tenant: .default, job: "j1", reason: "trial", actor: "k", since: 6)
                )
                try transaction.append(
                    AuditEntry(tenant: .default, timestamp: 50, actor: "k", action: "audit.held", job: "j1")
                )
            }
            #expect(try await store.read { try $0.isHeld("j1", tenant: .default) })
            #expect(try await store.read { try !$0.isHeld("j2", tenant: .default) })
            func prune() async throws -> [TenantID: [Int64]] {
                try await store.write { try $0.pruneAudit(.operation, before: 100, at: 100, limit: 9) }
            }
            #expect(try await prune() == [.default: [2]])
            #expect(try await store.write { try $0.destroyAuditKeys(madeBefore: 100, at: 100, limit: 9).count } == 1)
            #expect(try await records(store)[0].personal != nil)
            try await store.write { try $0.deleteAuditHold("h1") }
            #expect(try await prune() == [.default: [1]])
            try verify(try await records(store))
        }
    }
}
