import Cryptography
import FoundationEssentials
import JSON
import JobModel
import SQLite
import Testing

@testable import Storage

/// SEC-AUD-01 and -02: whatever is done to the database behind the store's back, verification names where.
@Suite struct AuditCheckpointTests {
    private static let seed = [UInt8](repeating: 7, count: 32)
    private static let records = 100
    private static let publicKey: [UInt8] = {
        do {
            return try SigningKey(seed: seed).publicKey
        } catch { return [] }
    }()

    /// A database with 100 records and a checkpoint at every tenth.
    private func withAudit(_ body: (_ path: String, _ checkpoints: String) async throws -> Void) async throws {
        try await withAudit { _, path, checkpoints in try await body(path, checkpoints) }
    }

    private func withAudit(
        _ body: (_ store: SQLiteStore, _ path: String, _ checkpoints: String) async throws -> Void
    ) async throws {
        try await withStore { store, path in
            let checkpoints = path + ".checkpoints"
            let file = try await AuditCheckpointFile(path: checkpoints, seed: Self.seed)
            for ten in 0..<(Self.records / 10) {
                try await store.write { transaction in
                    for index in 0..<10 {
                        try transaction.append(
                            AuditEntry(
                                tenant: .default,
                                timestamp: Int64(ten * 10 + index),
                                actor: "cli",
                                action: index == 5 ? "key.created" : "job.submitted",
                                job: index % 3 == 0 ? nil : JobID("j\(index)"),
                                detail: ["index": JSONValue(ten * 10 + index)]
                            )
                        )
                    }
                }
                try await file.add(try await store.read { try $0.auditHeads() }, at: Int64(ten))
            }
            try await body(store, path, checkpoints)
        }
    }

    private func verify(_ path: String, _ checkpoints: String?) async throws -> AuditVerification.Chain? {
        let outcome = try await verification(path, checkpoints)
        if let problem = outcome.checkpointProblem { throw problem }
        return outcome.chains.first
    }

    private func verification(_ path: String, _ checkpoints: String?) async throws -> AuditVerification.Outcome {
        try await AuditVerification.run(database: path, checkpoints: checkpoints, publicKey: Self.publicKey)
    }

    private func damage(_ path: String, _ statements: String...) async throws {
        let intruder = try await SQLiteWriter(path: path, migrations: Schema.migrations)
        for statement in statements { try await intruder.write { try $0.database.run(statement) } }
        await intruder.close()
    }

    @Test func `what nobody touched is whole, and covered to its end`() async throws {
        try await withAudit { path, checkpoints in
            let chain = try #require(try await verify(path, checkpoints))
            #expect(chain.problem == nil && chain.records == 100 && chain.checkpoints == 10 && chain.covered == 100)
        }
    }

    @Test func `each byte of each field of each record, flipped, is named`() async throws {
        try await withStore { store, path in
            try await store.write { transaction in
                for index in 0..<Self.records {
                    try transaction.append(
                        AuditEntry(
                            tenant: .default,
                            timestamp: Int64(index),
                            actor: "cli",
                            action: "job.submitted",
                            job: "j1",
                            detail: ["index": JSONValue(index)]
                        )
                    )
                }
            }
            let good = try await store.read { try $0.audit(of: .default, after: 0, limit: 200) }
            var flips = 0
            for index in good.indices {
                for changed in Self.flipped(good[index]) {
                    var records = good
                    records[index] = changed
                    var verifier = AuditChain.Verifier()
                    let problem = #expect(throws: AuditChain.Break.self) {
                        for record in records { try verifier.take(record) }
                        try verifier.finish()
                    }
                    // A changed hash breaks its own record first.
                    #expect(problem?.sequence == Int64(index + 1))
                    flips += 1
                }
            }
            #expect(flips > 5_000)
            _ = path
        }
    }

    /// The record with one bit of one byte changed, for every byte there is.
    private static func flipped(_ record: AuditRecord) -> [AuditRecord] {
        func texts(_ text: String) -> [String] {
            text.utf8.indices.map { place in
                var bytes = Array(text.utf8)
                bytes[text.utf8.distance(from: text.utf8.startIndex, to: place)] ^= 1
                return String(decoding: bytes, as: UTF8.self)
            }
        }
        func with(_ change: (inout AuditRecord) -> Void) -> AuditRecord {
            var copy = record
            change(&copy)
            return copy
        }
        var found = texts(record.actor).map { text in with { $0.actor = text } }
        found += texts(record.action).map { text in with { $0.action = text } }
        found += texts(record.detail).map { text in with { $0.detail = text } }
        found += texts(record.job?.rawValue ?? "").map { text in with { $0.job = JobID(text) } }
        found += texts(record.auditClass).map { text in with { $0.auditClass = text } }
        found += record.hash.indices.map { place in with { $0.hash[place] ^= 1 } }
        found.append(with { $0.timestamp ^= 1 })
        found.append(with { $0.version ^= 1 })
        return found
    }

    @Test(arguments: [1, 50, 99])
    func `a removed record is named`(sequence: Int64) async throws {
        try await withAudit { path, checkpoints in
            try await damage(path, "DELETE FROM audit WHERE seq = \(sequence)")
            #expect(try await verify(path, nil)?.problem?.sequence == sequence)
        }
    }

    @Test func `the last records cut off show against the checkpoints only`() async throws {
        try await withAudit { path, checkpoints in
            try await damage(path, "DELETE FROM audit WHERE seq > 95")
            #expect(try await verify(path, nil)?.problem == nil)
            let problem = try #require(try await verify(path, checkpoints)?.problem)
            #expect(problem.sequence == 96 && problem.message.contains("has seen record 100"))
        }
    }

    @Test func `a chain that is gone as a whole is missed`() async throws {
        try await withAudit { path, checkpoints in
            try await damage(path, "DELETE FROM audit")
            #expect(try await verify(path, checkpoints)?.problem?.sequence == 1)
        }
    }

    @Test func `exchanged and doubled records are named`() async throws {
        try await withAudit { path, checkpoints in
            try await damage(
                path,
                "UPDATE audit SET seq = 1000 WHERE seq = 40",
                "UPDATE audit SET seq = 40 WHERE seq = 41",
                "UPDATE audit SET seq = 41 WHERE seq = 1000"
            )
            #expect(try await verify(path, checkpoints)?.problem?.sequence == 40)
        }
        try await withAudit { path, checkpoints in
            try await damage(
                path,
                """
                INSERT INTO audit (tenant, seq, version, ts_ms, actor, action, job, detail, hash, class)
                SELECT tenant, 101, version, ts_ms, actor, action, job, detail, hash, class FROM audit WHERE seq = 60
                """
            )
            #expect(try await verify(path, checkpoints)?.problem?.sequence == 101)
        }
    }

    @Test func `all of it written anew, hashes and all, shows against the checkpoints`() async throws {
        try await withAudit { path, checkpoints in
            let reader = try await SQLiteReader(path: path)
            var records = try await reader.read { database in
                try SQLiteStoreSnapshot(database: database, vault: nil).audit(of: .default, after: 0, limit: 200)
            }
            await reader.close()
            records[34].actor = "somebody else"
            let intruder = try await SQLiteWriter(path: path, migrations: Schema.migrations)
            var head = AuditChain.root
            for record in records {
                let hash = AuditChain.hash(record, after: head)
                head = hash
                try await intruder.write {
                    try $0.database.run(
                        "UPDATE audit SET actor = ?, hash = ? WHERE seq = ?",
                        record.actor,
                        hash,
                        record.sequence
                    )
                }
            }
            await intruder.close()
            #expect(try await verify(path, nil)?.problem == nil)
            let problem = try #require(try await verify(path, checkpoints)?.problem)
            #expect(problem.sequence == 31 && problem.message.contains("up to 40"), "\(problem)")
        }
    }

    @Test func `checkpoints that were changed, forged or taken out are not believed`() async throws {
        try await withAudit { path, checkpoints in
            let lines = try AuditCheckpointFile.lines(of: checkpoints)
            let other = [UInt8](repeating: 8, count: 32)
            let forged = try AuditCheckpoint(
                tenant: .default,
                sequence: 100,
                hash: [UInt8](repeating: 0, count: 32),
                timestamp: 0,
                previous: SHA256.digest(of: lines[9]).bytes,
                key: SigningKey(seed: other)
            ).line
            let cases = [
                lines.map { $0.replacing("\"seq\":50", with: "\"seq\":51") }, lines + [forged],
                lines.enumerated().filter { $0.offset != 4 }.map(\.element),
                lines.enumerated().map { $0.offset == 0 ? lines[1] : $0.offset == 1 ? lines[0] : $0.element },
            ]
            for (index, changed) in cases.enumerated() {
                let text = changed.joined(separator: "\n") + "\n"
                try Data(text.utf8).write(to: URL(filePath: checkpoints))
                await #expect(throws: AuditChain.Break.self, "case \(index)") { try await verify(path, checkpoints) }
            }
        }
    }

    @Test func `a line is edited when its own signature or form says so, and the records are verified all the same`()
        async throws
    {
        try await withAudit { path, checkpoints in
            let lines = try AuditCheckpointFile.lines(of: checkpoints)
            for (old, new, problem) in [
                ("\"seq\":50", "\"seq\":51", "line 5 of \(checkpoints) was edited"),
                ("\"seq\":50", "\"seq\": 50", "the line before line 6 of \(checkpoints) was edited"),
                ("\"seq\":50", "\"sec\":50", "before line 6 of \(checkpoints) a line was edited"),
            ] {
                let text = lines.map { $0.replacing(old, with: new) + "\n" }.joined()
                try Data(text.utf8).write(to: URL(filePath: checkpoints))
                let outcome = try await verification(path, checkpoints)
                #expect(outcome.checkpointProblem?.message.hasPrefix(problem) == true, "\(new)")
                #expect(outcome.chains.first?.problem == nil && outcome.chains.first?.records == 100)
            }
            try await damage(path, "DELETE FROM audit WHERE seq = 42")
            let outcome = try await verification(path, checkpoints)
            #expect(outcome.checkpointProblem != nil && outcome.chains.first?.problem?.sequence == 42)
        }
    }

    // MARK: Torn lines

    /// The lines, the last one torn as a crash leaves it.
    private func tear(_ checkpoints: String) throws {
        let text = try String(contentsOfFile: checkpoints, encoding: .utf8)
        try Data(text.utf8.dropLast(40)).write(to: URL(filePath: checkpoints))
    }

    @Test func `a torn line is told of, and the next one is chained to it and to the one before it`() async throws {
        try await withAudit { store, path, checkpoints in
            try tear(checkpoints)
            let torn = try await verification(path, checkpoints)
            #expect(torn.checkpointProblem == nil && torn.warnings.count == 1 && torn.chains.first?.covered == 90)
            let file = try await AuditCheckpointFile(path: checkpoints, seed: Self.seed)
            #expect(await file.covered == [.default: 90])
            try await append(1, to: store, file)
            try await append(1, to: store, file)
            let mended = try await verification(path, checkpoints)
            #expect(mended.checkpointProblem == nil && mended.warnings.count == 1)
            #expect(mended.chains.first?.problem == nil && mended.chains.first?.covered == 102)
            // Where a line was torn nothing can be put in its place, nor taken out before it.
            let lines = try AuditCheckpointFile.lines(of: checkpoints)
            #expect(lines.count == 12)
            for (place, line) in [(8, nil), (9, nil), (9, "{}"), (4, "{}")] as [(Int, String?)] {
                var changed = lines
                changed.replaceSubrange(place...place, with: line.map { [$0] } ?? [])
                let text = changed.map { $0 + "\n" }.joined()
                try Data(text.utf8).write(to: URL(filePath: checkpoints))
                await #expect(throws: AuditChain.Break.self) { try await verify(path, checkpoints) }
            }
        }
    }

    @Test func `a last line of which only the line break is missing is no torn one`() async throws {
        try await withAudit { store, path, checkpoints in
            let text = try String(contentsOfFile: checkpoints, encoding: .utf8)
            try Data(text.utf8.dropLast()).write(to: URL(filePath: checkpoints))
            let file = try await AuditCheckpointFile(path: checkpoints, seed: Self.seed)
            try await append(1, to: store, file)
            let outcome = try await verification(path, checkpoints)
            #expect(outcome.checkpointProblem == nil && outcome.warnings == [])
            #expect(outcome.chains.first?.checkpoints == 11)
        }
    }

    @Test func `a file goes on where it was left, and only for heads that moved`() async throws {
        try await withAudit { path, checkpoints in
            let file = try await AuditCheckpointFile(path: checkpoints, seed: Self.seed)
            #expect(await file.covered == [.default: 100])
            #expect(try await file.add([(.default, 100, [1])], at: 5) == 0)
            #expect(try await file.add([(.default, 101, [1]), ("other", 1, [2])], at: 5) == 2)
            #expect(try AuditCheckpointFile.lines(of: checkpoints).count == 12)
        }
    }

    // MARK: Restores

    /// Cuts the chain back as a restore does, and notes it.
    private func restore(to sequence: Int64, _ path: String, _ checkpoints: String) async throws -> [AuditRestore] {
        try await damage(path, "DELETE FROM audit WHERE seq > \(sequence)")
        let store = try await SQLiteStore(path: path)
        let file = try await AuditCheckpointFile(path: checkpoints, seed: Self.seed)
        let restores = try await file.noteRestore(of: store, aside: "cpa.db.before-7", at: 7)
        try await append(12, to: store, file)
        await store.close()
        return restores
    }

    private func append(
        _ count: Int,
        to store: SQLiteStore,
        _ file: AuditCheckpointFile,
        at time: Int64 = 8
    ) async throws {
        try await store.write { transaction in
            for _ in 0..<count {
                try transaction.append(
                    AuditEntry(
                        tenant: .default,
                        timestamp: time,
                        actor: "cli",
                        action: "key.created",
                        job: nil,
                        detail: [:]
                    )
                )
            }
        }
        try await file.add(try await store.read { try $0.auditHeads() }, at: 8)
    }

    @Test func `a restored chain is told from one that was cut, and names what is set aside`() async throws {
        try await withAudit { store, path, checkpoints in
            await store.close()
            let expected = AuditRestore(
                tenant: .default,
                timestamp: 7,
                kept: 85,
                seen: 100,
                aside: "cpa.db.before-7"
            )
            #expect(try await restore(to: 85, path, checkpoints) == [expected])
            let chain = try #require(try await verify(path, checkpoints))
            #expect(chain.problem == nil && chain.records == 97 && chain.covered == 97 && chain.restores == [expected])
            try await damage(path, "DELETE FROM audit WHERE seq > 90")
            let problem = try await verify(path, checkpoints)?.problem
            #expect(problem?.message.contains("has seen record 97") == true)
        }
    }

    @Test func `a restored chain that was written anew does not hold for the checkpoints it differs from`() async throws
    {
        try await withAudit { store, path, checkpoints in
            await store.close()
            _ = try await restore(to: 50, path, checkpoints)
            // A second restore, of data whose records 51 to 62 are not those the checkpoints have seen since.
            try await damage(path, "DELETE FROM audit WHERE seq > 50")
            let other = try await SQLiteStore(path: path)
            let elsewhere = try await AuditCheckpointFile(path: path + ".elsewhere", seed: Self.seed)
            try await append(30, to: other, elsewhere, at: 9)
            let file = try await AuditCheckpointFile(path: checkpoints, seed: Self.seed)
            let restores = try await file.noteRestore(of: other, aside: "again", at: 9)
            await other.close()
            #expect(restores.map(\.kept) == [50] && restores.map(\.seen) == [62])
            let chain = try #require(try await verify(path, checkpoints))
            #expect(chain.problem == nil && chain.records == 80 && chain.restores.map(\.seen) == [100, 62])
        }
    }

    @Test func `a restore that is forged, or of which the place is changed, is not believed`() async throws {
        try await withAudit { store, path, checkpoints in
            await store.close()
            _ = try await restore(to: 85, path, checkpoints)
            let text = try String(contentsOfFile: checkpoints, encoding: .utf8)
            for (old, new) in [("before-7", "before-8"), (#""kept":85"#, #""kept":80"#)] {
                try Data(text.replacing(old, with: new).utf8).write(to: URL(filePath: checkpoints))
                await #expect(throws: AuditChain.Break.self) { try await verify(path, checkpoints) }
            }
        }
    }

    @Test func `a tenant that began after the backup has nothing left, and that is told`() async throws {
        try await withAudit { store, path, checkpoints in
            await store.close()
            #expect(try await restore(to: 0, path, checkpoints).map(\.kept) == [0])
            let chain = try #require(try await verify(path, checkpoints))
            #expect(chain.problem == nil && chain.records == 12 && chain.restores.map(\.seen) == [100])
        }
    }
}
