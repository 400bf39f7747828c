import FoundationEssentials
import JobModel
import SQLite
import TestSupport
import Testing

@testable import Storage

/// The schema's history, walked by a program that is killed on the way.
@Suite(.timeLimit(.minutes(2))) struct MigrationTests {
    private static let job = """
        INSERT INTO jobs (id, tenant, principal, name, scenario, needs, priority, max_retries, state, epoch, attempts,
            deliveries, losses, submitted_ms, updated_ms, last_seq)
        VALUES (?, 'default', 'cli', 'old', '{"intent": "kept", "tasks": []}', '', 0, 0, 'pending', 0, 0, 0, 0, 1, 1, 1)
        """

    @Test func `killed at any write while the first schema is brought forward, it is whole at the next start`()
        async throws
    {
        try await withTemporaryDirectory { place in
            let directory = place + "/disk"
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            let path = directory + "/cpa.db"
            let old = try await SQLiteWriter(path: path, migrations: Array(Schema.migrations.prefix(1)))
            for number in 0..<3 { try await old.write { _ = try $0.database.run(Self.job, "j\(number)") } }
            await old.close()

            let disk = FaultyDisk(under: directory)
            let all = try await disk.remains(in: place) {
                await (try SQLiteWriter(path: path, migrations: Schema.migrations)).close()
            }
            disk.remove()
            try #require(all.count > Schema.migrations.count)
            for copy in all.map(\.directory) {
                let writer = try await SQLiteWriter(path: copy + "/cpa.db", migrations: Schema.migrations)
                let (version, jobs, problems) = try await writer.write { transaction in
                    (
                        try transaction.database.first("PRAGMA user_version") { Int($0.integer(0)) },
                        try transaction.database.first("SELECT count(*) FROM jobs WHERE intent = 'kept'") {
                            $0.integer(0)
                        },
                        try transaction.database.all("PRAGMA integrity_check") { $0.text(0) }
                    )
                }
                await writer.close()
                #expect(
                    version == Schema.migrations.last?.version && jobs == 3 && problems == ["ok"],
                    "killed at \(copy)"
                )
            }
        }
    }

    @Test func `a database of a newer program is refused, and left as it is`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/cpa.db"
            let newest = try #require(Schema.migrations.last).version
            let next = SQLiteMigration(version: newest + 1, sql: "ALTER TABLE jobs ADD COLUMN tomorrow TEXT")
            let newer = try await SQLiteWriter(path: path, migrations: Schema.migrations + [next])
            try await newer.write { _ = try $0.database.run(Self.job, "j1") }
            await newer.close()
            let before = try Data(contentsOf: URL(fileURLWithPath: path))

            await #expect {
                _ = try await SQLiteStore(path: path)
            } throws: { error in
                let sentence = "\(error)"
                return sentence.contains("schema \(newest + 1)") && sentence.contains("this program knows \(newest)")
            }
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
            await (try SQLiteWriter(path: path, migrations: Schema.migrations + [next])).close()
        }
    }

    @Test func `positive control: the database of this program is opened`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/cpa.db"
            await (try SQLiteWriter(path: path, migrations: Schema.migrations)).close()
            await (try await SQLiteStore(path: path)).close()
        }
    }

    @Test func `keys of agents were those of workers, and are not any more`() async throws {
        try await withTemporaryDirectory { place in
            let path = place + "/cpa.db"
            let old = try await SQLiteWriter(path: path, migrations: Array(Schema.migrations.prefix(12)))
            try await old.write { transaction in
                for id in ["a", "w"] {
                    _ = try transaction.database.run(
                        """
                        INSERT INTO api_keys (id, tenant, name, hash, created_ms, role, scopes)
                        VALUES (?, 'default', 'n', x'00', 1, 'operator', 'work')
                        """,
                        id
                    )
                }
                _ = try transaction.database.run(
                    """
                    INSERT INTO agents (id, tenant, name, key, capabilities, maximum_tasks, bids, patience_ms, info, is_online,
                        seen_ms, assigned_ms, registered_ms)
                    VALUES ('1', 'default', 'bot', 'a', '[]', 1, 0, 1, '{}', 0, 1, 1, 1)
                    """
                )
            }
            await old.close()
            let now = try await SQLiteWriter(path: path, migrations: Schema.migrations)
            let scopes = try await now.write {
                try $0.database.all("SELECT scopes FROM api_keys ORDER BY id") { $0.text(0) }
            }
            #expect(scopes == ["agent", "work"])
            await now.close()
        }
    }

    @Test func `files that came with their job are told from those its steps made, and keys outlive their job`()
        async throws
    {
        try await withTemporaryDirectory { place in
            let path = place + "/cpa.db"
            let old = try await SQLiteWriter(path: path, migrations: Array(Schema.migrations.prefix(13)))
            try await old.write { transaction in
                _ = try transaction.database.run(Self.job, "j1")
                for (name, time) in [("sent", 1), ("made", 2)] {
                    _ = try transaction.database.run(
                        """
                        INSERT INTO artifacts (job, name, tenant, bytes, sha256, content_type, created_ms)
                        VALUES ('j1', ?, 'default', 1, 'ab', 'text/plain', ?)
                        """,
                        name,
                        time
                    )
                }
                _ = try transaction.database.run(
                    """
                    INSERT INTO submissions (tenant, idempotency_key, fingerprint, job, created_ms)
                    VALUES ('default', 'k', x'00', 'j1', 1)
                    """
                )
            }
            await old.close()
            let store = try await SQLiteStore(path: path)
            try await store.write { transaction in
                try transaction.forgetRun(of: "j1", at: 3)
                #expect(try transaction.artifacts(of: "j1").map(\.name) == ["sent"])
                #expect(try transaction.job("j1")?.run == 0)
                try transaction.deleteJob("j1", at: 3)
                #expect(try transaction.submission(tenant: .default, idempotencyKey: "k")?.job == "j1")
            }
            await store.close()
        }
    }

    @Test func `messages keep their numbers, and their ids are those of their tenant alone`() async throws {
        let insert = """
            INSERT INTO messages (number, id, tenant, job, type, sender, fingerprint, answer, body, received_ms)
            VALUES (?, ?, ?, 'j1', 'request', 'agent://desk/me', x'00', '{}', '{"a": 1}', 7)
            """
        try await withTemporaryDirectory { place in
            let path = place + "/cpa.db"
            let before = Schema.migrations.filter { $0.version < 15 }
            let old = try await SQLiteWriter(path: path, migrations: before)
            try await old.write { transaction in
                _ = try transaction.database.run(Self.job, "j1")
                _ = try transaction.database.run(insert, 3, "m1", "default")
                _ = try transaction.database.run(insert, 9, "m2", "default")
                #expect(throws: SQLiteError.self) { _ = try transaction.database.run(insert, 10, "m1", "other") }
            }
            await old.close()
            let now = try await SQLiteWriter(path: path, migrations: Schema.migrations)
            let (rows, indexes) = try await now.write { transaction -> ([String], [String]) in
                _ = try transaction.database.run(insert, 10, "m1", "other")
                #expect(throws: SQLiteError.self) { _ = try transaction.database.run(insert, 11, "m1", "default") }
                return (
                    try transaction.database.all("SELECT number, tenant, id, body FROM messages ORDER BY number") {
                        "\($0.integer(0)) \($0.text(1)) \($0.text(2)) \($0.text(3))"
                    },
                    try transaction.database.all(
                        """
                        SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'messages' AND sql IS NOT NULL
                        ORDER BY name
                        """
                    ) { $0.text(0) }
                )
            }
            #expect(rows == [#"3 default m1 {"a": 1}"#, #"9 default m2 {"a": 1}"#, #"10 other m1 {"a": 1}"#])
            #expect(indexes == ["messages_by_job", "messages_by_recipient", "messages_of_requests"])
            await now.close()
        }
    }
}
