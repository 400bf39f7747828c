import FoundationEssentials
import JSON
import JobModel
import JobScheduler
import Storage
import Testing

@testable import ExecutorHost

struct BackupCommandTests {
    @Test func `data is backed up and restored, and what waits does not run at once`() async throws {
        try await Desk.with { desk in
            let data = desk.directory + "/data"
            try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
            let store = try await SQLiteStore(path: data + "/cpa.db")
            await store.close()
            let made = await desk.run("backup", desk.directory + "/copy", "--data-dir", data)
            #expect(made.code == .ok, "\(made.notes)")
            #expect(made.result == [desk.directory + "/copy"])
            let back = await desk.run("restore", desk.directory + "/copy", "--data-dir", data)
            #expect(back.code == .ok, "\(back.notes)")
            #expect(back.notes.joined().contains("cpa queue resume --all"))
            let restored = try await SQLiteStore(path: data + "/cpa.db")
            let pause = try await restored.read { try $0.policy(of: nil) }.pause
            #expect(pause?.note?.contains("restored") == true)
            let refused = await desk.run("restore", desk.directory + "/copy", "--data-dir", data)
            #expect(refused.code == .unavailable)
            #expect(refused.notes.joined().contains("Another cpa uses the data"))
            await restored.close()
            #expect(await desk.run("backup", desk.directory + "/copy", "--data-dir", data).code == .unavailable)
        }
    }

    @Test func `a backup without a server is on record in the data, and the audits of both are whole`() async throws {
        try await Desk.with { desk in
            let (data, copy) = (desk.directory + "/data", desk.directory + "/copy")
            try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
            let paths = Paths(try Configuration(environment: ["CPA_DATA_DIR": data]))
            try await sign(["job.done"], paths)
            let made = await desk.run("backup", copy, "--data-dir", data)
            #expect(made.code == .ok && made.notes.isEmpty, "\(made)")
            let records = try await records(in: data)
            #expect(records.map(\.action) == ["job.done", "backup.made"])
            let last = try #require(records.last)
            #expect(last.actor == "cli")
            let detail: JSONValue = ["directory": .string(copy), "files": 0, "missing": 0, "result": "done"]
            #expect(try JSONValue(parsing: last.detail) == detail)
            #expect(try await self.records(in: copy).map(\.action) == ["job.done"])
            let checkpoints = ["--checkpoints", paths.auditCheckpoints, "--public-key", paths.auditPublicKey]
            for directory in [data, copy] {
                let verified = await desk.run(["audit", "verify", "--data-dir", directory] + checkpoints)
                #expect(verified.code == .ok, "\(verified)")
                #expect(verified.result.first?.contains("1 checkpoints up to record 1") == true, "\(verified)")
            }
        }
    }

    @Test func `a backup that could not be made is on record, too`() async throws {
        try await Desk.with { desk in
            let data = desk.directory + "/data"
            try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
            try await SQLiteStore(path: data + "/cpa.db").close()
            let refused = await desk.run("backup", data, "--data-dir", data)
            #expect(refused.code == .unavailable && refused.notes.joined().contains("is there already"))
            let last = try #require(try await records(in: data).last)
            #expect(last.action == "backup.failed")
            #expect(try JSONValue(parsing: last.detail)["reason"] == "conflict")
        }
    }

    /// Data with these on record, all of them signed.
    private func sign(_ actions: [String], _ paths: Paths) async throws {
        let keys = try AuditKeys(paths)
        let store = try await SQLiteStore(path: paths.database, vault: try AuditVault(master: keys.master))
        for action in actions {
            let entry = AuditEntry(tenant: .default, timestamp: 1, actor: "test", action: action, job: nil)
            try await store.write { try $0.append(entry) }
        }
        let file = try await AuditCheckpointFile(path: paths.auditCheckpoints, seed: keys.seed)
        try await file.add(try await store.read { try $0.auditHeads() }, at: 1)
        await store.close()
    }

    private func records(in directory: String) async throws -> [AuditRecord] {
        let store = try await SQLiteStore(path: directory + "/cpa.db")
        let records = try await store.read { try $0.audit(of: .default, after: 0, limit: 100) }
        await store.close()
        return records
    }

    @Test func `a restore that cannot be prepared leaves the data from before in force`() async throws {
        try await Desk.with { desk in
            let data = desk.directory + "/data"
            try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
            let store = try await SQLiteStore(path: data + "/cpa.db")
            await store.close()
            #expect(await desk.run("backup", desk.directory + "/copy", "--data-dir", data).code == .ok)
            let place = data + "/cpa.db.restored"
            try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
            let refused = await desk.run("restore", desk.directory + "/copy", "--data-dir", data)
            #expect(refused.code != .ok)
            #expect(refused.notes.joined().contains("cpa.db.restored"))
            let kept = try await SQLiteStore(path: data + "/cpa.db")
            #expect(try await kept.read { try $0.policy(of: nil) }.pause == nil)
            await kept.close()
        }
    }

    @Test func `the data is no backup of itself, however it is named`() async throws {
        try await Desk.with { desk in
            let data = desk.directory + "/data"
            try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
            let store = try await SQLiteStore(path: data + "/cpa.db")
            await store.close()
            let link = desk.directory + "/link"
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: data)
            for name in [data, data + "/.", link] {
                let refused = await desk.run("restore", name, "--data-dir", data)
                #expect(refused.code != .ok)
                #expect(refused.notes.joined().contains("'\(name)' is the data itself"), "\(refused.notes)")
                #expect(refused.notes.joined().contains("\(name)/backups/<time>"))
            }
            let left = try FileManager.default.contentsOfDirectory(atPath: data)
            #expect(!left.contains { $0.contains("restored") || $0.contains("before") }, "\(left)")
        }
    }

    @Test func `a server that makes no backups says so`() async throws {
        try await Desk.with { desk in
            let outcome = await desk.run("backup", "--data-dir", desk.directory + "/nothing")
            #expect(outcome.code == .tryLater)
            #expect(outcome.notes.joined().contains("This server makes no backups"))
        }
    }
}
