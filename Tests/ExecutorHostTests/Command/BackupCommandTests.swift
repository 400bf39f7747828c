import FoundationEssentials
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
