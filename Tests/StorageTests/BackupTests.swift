import JSON
import JobModel
import SQLite
import TestSupport
import Testing

@testable import Storage

#if canImport(Glibc)
    import Glibc
#endif

@Suite struct BackupTests {
    private func entry(_ action: String) -> AuditEntry {
        AuditEntry(tenant: .default, timestamp: 1, actor: "cli", action: action, job: nil, detail: [:])
    }

    private func append(_ store: SQLiteStore, _ action: String) async throws {
        let entry = entry(action)
        try await store.write { try $0.append(entry) }
    }

    private func actions(_ store: SQLiteStore) async throws -> [String] {
        try await store.read { try $0.audit(of: .default, after: 0, limit: 1_000) }.map(\.action)
    }

    @Test func `a backup holds what was committed, while writes go on, and comes back as it was`() async throws {
        try await withTemporaryDirectory { directory in
            let (database, artifacts) = (directory + "/cpa.db", directory + "/artifacts")
            let store = try await SQLiteStore(path: database)
            let files = try await ArtifactFiles(directory: artifacts)
            let upload = try await files.begin(limit: 10)
            try await files.append([1, 2, 3], to: upload)
            let stored = try await files.finish(upload)
            let artifact = Artifact(name: "a", bytes: 3, sha256: stored.sha256, contentType: "text/plain")
            try await store.write { try $0.saveUpload(artifact, tenant: .default, at: 1) }
            for number in 0..<50 { try await append(store, "before.\(number)") }
            async let writing: Void = {
                for number in 0..<50 { try await append(store, "after.\(number)") }
            }()
            let content = try await Backup.make(database: database, artifacts: artifacts, in: directory + "/copy")
            try await writing
            #expect(content == Backup.Content(files: 1, missing: 0))
            await #expect {
                try await Backup.restore(directory + "/copy", database: database, artifacts: artifacts, at: 7)
            } throws: { ($0 as? StorageError)?.code == .inUse }
            await store.close()
            unlink(files.path(sha256: stored.sha256))
            let back = try await Backup.restore(directory + "/copy", database: database, artifacts: artifacts, at: 7)
            #expect(back == Backup.Content(files: 1, missing: 0, aside: database + ".before-7"))
            let restored = try await SQLiteStore(path: database)
            let names = try await actions(restored)
            #expect(names.count >= 50 && names.prefix(50) == (0..<50).map { "before.\($0)" }[...])
            #expect(await files.contains(sha256: stored.sha256))
            #expect(access(database + ".before-7", R_OK) == 0)
            try await append(restored, "later")
            await restored.close()
        }
    }

    @Test func `what is no whole backup is refused and changes nothing`() async throws {
        try await withTemporaryDirectory { directory in
            let (database, artifacts) = (directory + "/cpa.db", directory + "/artifacts")
            let store = try await SQLiteStore(path: database)
            try await append(store, "kept")
            await store.close()
            mkdir(directory + "/broken", 0o700)
            await #expect {
                try await Backup.restore(directory + "/broken", database: database, artifacts: artifacts, at: 7)
            } throws: { ($0 as? StorageError)?.code == .notFound }
            let file = open(directory + "/broken/cpa.db", O_WRONLY | O_CREAT, 0o600)
            _ = Array(repeating: UInt8(ascii: "x"), count: 8_192).withUnsafeBytes {
                write(file, $0.baseAddress, $0.count)
            }
            close(file)
            await #expect {
                try await Backup.restore(directory + "/broken", database: database, artifacts: artifacts, at: 7)
            } throws: {
                let error = $0 as? StorageError
                return error?.code == .damaged && error?.message.contains("'\(directory)/broken/cpa.db'") == true
            }
            let again = try await SQLiteStore(path: database)
            let names = try await actions(again)
            #expect(names == ["kept"])
            await again.close()
        }
    }

    @Test func `a backup of a newer program is refused by name, before anything is touched`() async throws {
        try await withTemporaryDirectory { directory in
            let (database, artifacts) = (directory + "/cpa.db", directory + "/artifacts")
            let store = try await SQLiteStore(path: database)
            try await append(store, "kept")
            _ = try await Backup.make(database: database, artifacts: artifacts, in: directory + "/newer")
            await store.close()
            let writer = try await SQLiteWriter(path: directory + "/newer/cpa.db", migrations: Schema.migrations)
            try await writer.write { _ = try $0.database.run("PRAGMA user_version = 9999") }
            await writer.close()
            await #expect {
                try await Backup.restore(directory + "/newer", database: database, artifacts: artifacts, at: 7)
            } throws: {
                let message = ($0 as? StorageError)?.message ?? ""
                return message.contains("'\(directory)/newer/cpa.db' has schema 9999")
                    && message.contains("nothing was changed")
            }
            let again = try await SQLiteStore(path: database)
            #expect(try await actions(again) == ["kept"])
            await again.close()
        }
    }

    @Test func `a backup never goes over something that is there`() async throws {
        try await withTemporaryDirectory { directory in
            let store = try await SQLiteStore(path: directory + "/cpa.db")
            await #expect {
                try await Backup.make(database: directory + "/cpa.db", artifacts: directory, in: directory)
            } throws: { ($0 as? StorageError)?.code == .conflict }
            await store.close()
        }
    }

    @Test func `a backup that cannot be brought to this schema leaves the old data in force`() async throws {
        try await withTemporaryDirectory { directory in
            let (database, artifacts) = (directory + "/cpa.db", directory + "/artifacts")
            let store = try await SQLiteStore(path: database)
            try await append(store, "kept")
            await store.close()
            mkdir(directory + "/old", 0o700)
            let old = try await SQLiteWriter(
                path: directory + "/old/cpa.db",
                migrations: Array(Schema.migrations.prefix(12))
            )
            try await old.write { _ = try $0.database.run("DROP TABLE agents") }
            await old.close()
            await #expect {
                try await Backup.restore(directory + "/old", database: database, artifacts: artifacts, at: 7)
            } throws: {
                ($0 as? StorageError)?.message.contains("'\(directory)/old/cpa.db' was not restored") == true
            }
            try await expectKept(database)
        }
    }

    @Test func `what cannot be noted in the restored data leaves the old data in force`() async throws {
        try await withTemporaryDirectory { directory in
            let (database, artifacts) = (directory + "/cpa.db", directory + "/artifacts")
            let store = try await SQLiteStore(path: database)
            _ = try await Backup.make(database: database, artifacts: artifacts, in: directory + "/copy")
            try await append(store, "kept")
            await store.close()
            await #expect {
                try await Backup.restore(
                    directory + "/copy",
                    database: database,
                    artifacts: artifacts,
                    at: 7
                ) { restored, aside in
                    try await append(restored, "noted")
                    throw StorageError(.storageFull, "no space beside \(aside ?? "nothing")")
                }
            } throws: {
                ($0 as? StorageError)?.message.hasSuffix("stays in force: no space beside \(database).before-7")
                    == true
            }
            try await expectKept(database)
        }
    }

    @Test func `what is put on record without a server continues the chain`() async throws {
        try await withTemporaryDirectory { directory in
            let database = directory + "/cpa.db"
            let store = try await SQLiteStore(path: database)
            try await append(store, "before")
            await store.close()
            let use = try ExclusiveUse(path: database + ".lock")
            try await Backup.record(entry("noted"), in: database, holding: use)
            // Still the caller's.
            #expect(throws: StorageError.self) { try ExclusiveUse(path: database + ".lock") }
            let outcome = try await AuditVerification.run(database: database, checkpoints: nil, publicKey: [])
            #expect(outcome.chains.map(\.records) == [2])
            #expect(outcome.chains.allSatisfy { $0.problem == nil })
        }
    }

    @Test func `data of an older program is not brought to this schema to put something on record`() async throws {
        try await withTemporaryDirectory { directory in
            let database = directory + "/cpa.db"
            let old = try await SQLiteWriter(path: database, migrations: Array(Schema.migrations.prefix(12)))
            await old.close()
            let before = try SQLiteBackup.read(database, "PRAGMA user_version")
            let use = try ExclusiveUse(path: database + ".lock")
            await #expect {
                try await Backup.record(entry("noted"), in: database, holding: use)
            } throws: {
                ($0 as? StorageError)?.message.hasPrefix("'\(database)' has schema \(before[0]), ") == true
            }
            let after = try SQLiteBackup.read(database, "PRAGMA user_version")
            #expect(after == before)
        }
    }

    @Test func `a restore whose last step fails names where the data is`() async throws {
        try await withTemporaryDirectory { directory in
            let (database, artifacts) = (directory + "/cpa.db", directory + "/artifacts")
            let store = try await SQLiteStore(path: database)
            _ = try await Backup.make(database: database, artifacts: artifacts, in: directory + "/copy")
            try await append(store, "kept")
            await store.close()
            mkdir(database + ".before-7", 0o700)
            await #expect {
                try await Backup.restore(directory + "/copy", database: database, artifacts: artifacts, at: 7)
            } throws: {
                ($0 as? StorageError)?.message.hasSuffix("; the data from before is '\(database)'") == true
            }
            try await expectKept(database)
        }
    }

    private func expectKept(_ database: String) async throws {
        for suffix in ["", "-wal", "-shm", ".lock"] {
            #expect(access("\(database).restored\(suffix)", F_OK) != 0, "'.restored\(suffix)' was left")
        }
        let store = try await SQLiteStore(path: database)
        #expect(try await actions(store) == ["kept"])
        await store.close()
    }

    @Test func `files the data still has are not missing from a backup without them`() async throws {
        try await withTemporaryDirectory { directory in
            let (database, artifacts) = (directory + "/cpa.db", directory + "/artifacts")
            let store = try await SQLiteStore(path: database)
            let files = try await ArtifactFiles(directory: artifacts)
            let upload = try await files.begin(limit: 10)
            try await files.append([1, 2, 3], to: upload)
            let stored = try await files.finish(upload)
            let artifact = Artifact(name: "a", bytes: 3, sha256: stored.sha256, contentType: "text/plain")
            try await store.write { try $0.saveUpload(artifact, tenant: .default, at: 1) }
            _ = try await Backup.make(database: database, artifacts: artifacts, in: directory + "/copy")
            await store.close()
            unlink("\(directory)/copy/artifacts/\(stored.sha256.prefix(2))/\(stored.sha256)")
            let back = try await Backup.restore(directory + "/copy", database: database, artifacts: artifacts, at: 7)
            #expect(back.files == 1 && back.missing == 0)
        }
    }
}
