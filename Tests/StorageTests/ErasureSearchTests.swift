import JSON
import JobModel
import SQLite
import Testing

@testable import Storage

/// Who names a person, wherever that stands; page by page.
@Suite struct ErasureSearchTests {
    private static let person = "anna@x.example"

    private static func file(_ hash: String) -> Artifact {
        Artifact(name: "f-\(hash)", bytes: 1, sha256: hash, contentType: "text/plain")
    }

    private func run(_ statement: String, in path: String) async throws {
        let intruder = try await SQLiteWriter(path: path, migrations: Schema.migrations)
        try await intruder.write { try $0.database.run(statement) }
        await intruder.close()
    }

    private func jobs(_ store: SQLiteStore, tenant: TenantID = .default, limit: Int = 50) async throws -> [JobID] {
        try await store.read { snapshot in
            var (found, last) = try snapshot.jobs(naming: Self.person, tenant: tenant, after: nil, limit: limit)
            while let after = last {
                let page = try snapshot.jobs(naming: Self.person, tenant: tenant, after: after, limit: limit)
                found += page.found
                last = page.last
            }
            return found
        }
    }

    @Test(arguments: [
        "UPDATE jobs SET name = 'for anna@x.example' WHERE id = 'j2'",
        "UPDATE jobs SET unique_key = 'order of Anna@x.example' WHERE id = 'j2'",
        "UPDATE jobs SET webhook = 'https://hook/?who=anna%40x.example' WHERE id = 'j2'",
        "UPDATE jobs SET message = 'no answer of anna@x.example' WHERE id = 'j2'",
        "UPDATE jobs SET outputs = '{\"to\":\"anna@x.example\"}' WHERE id = 'j2'",
        "UPDATE jobs SET request_id = 'anna@x.example' WHERE id = 'j2'",
        "UPDATE jobs SET scenario = '{\"a\":\"anna&#64;x.example\"}' WHERE id = 'j2'",
        "UPDATE jobs SET name = 'ａｎｎａ＠ｘ．ｅｘａｍｐｌｅ' WHERE id = 'j2'",
        "UPDATE jobs SET scenario = '{\"tasks\":[{\"base64\":\"YW4gYW5uYUB4LmV4YW1wbGU=\"}]}' WHERE id = 'j2'",
        """
        INSERT INTO webhooks (id, tenant, job, url, event, body, state, attempts, due_ms, created_ms)
        VALUES ('w', 'default', 'j2', 'https://hook/anna%40x.example', 'job.done', '{}', 'pending', 0, 0, 0)
        """,
        """
        INSERT INTO webhooks (id, tenant, job, url, event, body, state, attempts, due_ms, created_ms)
        VALUES ('w', 'default', 'j2', 'https://hook/', 'job.done', '{"who":"anna@x.example"}', 'pending', 0, 0, 0)
        """,
        """
        INSERT INTO messages (id, tenant, job, type, sender, fingerprint, answer, received_ms)
        VALUES ('anna@x.example', 'default', 'j2', 'propose', 'agent://desk', x'01', '{}', 0)
        """,
        """
        INSERT INTO artifacts (job, name, tenant, bytes, sha256, content_type, created_ms)
        VALUES ('j2', 'anna@x.example.pdf', 'default', 1, 'aa', 'text/plain', 0)
        """,
        """
        INSERT INTO artifacts (job, name, tenant, bytes, sha256, content_type, created_ms)
        VALUES ('j2', 'a.pdf', 'default', 1, 'aa', 'application/pdf; name="anna@x.example.pdf"', 0)
        """,
        """
        INSERT INTO events (job, seq, tenant, ts_ms, epoch, kind, data)
        VALUES ('j2', 1, 'default', 0, 0, 'log', '{"a":["anna@x.example"]}')
        """,
        """
        INSERT INTO tasks (job, step, iteration, tenant, action, status, result, epoch, updated_ms)
        VALUES ('j2', 's', 0, 'default', 'goto', 'done', '{"url":"https://x/?m=anna%40x.example"}', 0, 0)
        """,
    ])
    func `a job is found by whatever is kept of it`(statement: String) async throws {
        try await withStore { store, path in
            try await store.write { transaction in
                for id in ["j1", "j2", "j3"] { try transaction.insert(JobRecord.sample(id)) }
            }
            #expect(try await jobs(store) == [])
            try await run(statement, in: path)
            #expect(try await jobs(store) == ["j2"])
            #expect(try await jobs(store, tenant: "other") == [])
        }
    }

    @Test func `jobs are found page by page`() async throws {
        try await withStore { store, _ in
            try await store.write { transaction in
                for number in 1...7 {
                    var job = JobRecord.sample("j\(number)")
                    if number != 4 { job.uniqueKey = "\(number) anna@x.example" }
                    try transaction.insert(job)
                }
            }
            for limit in [1, 3, 7, 50] {
                #expect(try await jobs(store, limit: limit) == ["j1", "j2", "j3", "j5", "j6", "j7"], "\(limit)")
            }
        }
    }

    @Test func `a message about no job is found by its id, and one of another tenant's stays`() async throws {
        try await withStore { store, _ in
            let id = MessageID("anna@x.example")
            try await store.write { transaction in
                for tenant in [TenantID.default, "other"] {
                    try transaction.insert(
                        MessageRecord(
                            id: id,
                            tenant: tenant,
                            job: nil,
                            type: "discover",
                            sender: "agent://desk",
                            fingerprint: [1],
                            answer: [:],
                            body: nil,
                            received: 1
                        )
                    )
                }
            }
            let found = try await store.read {
                try $0.joblessMessages(naming: Self.person, tenant: .default, after: nil, limit: 9)
            }
            #expect(found.found == [id] && found.last == nil)
            try await store.write { try $0.deleteMessages([id], tenant: .default) }
            #expect(try await store.read { try $0.message(id, of: .default) } == nil)
            #expect(try await store.read { try $0.message(id, of: "other") } != nil)
        }
    }

    @Test func `idempotency keys and uploads are found by what they say, page by page`() async throws {
        try await withStore { store, _ in
            try await store.write { transaction in
                for key in ["a anna@x.example", "b", "c ANNA@X.EXAMPLE", "d joanna@x.example"] {
                    try transaction.insertSubmission(
                        tenant: .default,
                        idempotencyKey: key,
                        fingerprint: [1],
                        job: "gone",
                        at: 0
                    )
                }
                for (hash, name, type) in [
                    ("aa", "anna@x.example.pdf", "application/pdf"), ("bb", "b.pdf", "application/pdf"),
                    ("cc", "c.pdf", "application/pdf; name=\"Anna@x.example\""),
                ] {
                    let file = Artifact(name: name, bytes: 1, sha256: hash, contentType: type)
                    try transaction.saveUpload(file, tenant: .default, at: 0)
                }
            }
            let (first, second, uploads) = try await store.read { snapshot in
                let first = try snapshot.submissions(naming: Self.person, tenant: .default, after: nil, limit: 2)
                return (
                    first,
                    try snapshot.submissions(naming: Self.person, tenant: .default, after: first.last, limit: 9),
                    try snapshot.uploads(naming: Self.person, tenant: .default, after: nil, limit: 9)
                )
            }
            #expect(first.found.map(\.key) == ["a anna@x.example"] && first.last == "b")
            #expect(second.found.map(\.key) == ["c ANNA@X.EXAMPLE"] && second.last == nil)
            #expect(uploads.found == ["aa", "cc"] && uploads.last == nil)
        }
    }

    @Test func `a file goes with the last who has it, of whatever tenant`() async throws {
        try await withStore { store, _ in
            try await store.write { transaction in
                for (id, tenant) in [("j1", .default), ("j2", .default), ("j3", "other")] as [(String, TenantID)] {
                    try transaction.insert(JobRecord.sample(id, tenant: tenant))
                }
                for (job, hash) in [
                    ("j1", "alone"), ("j1", "shared"), ("j2", "shared"), ("j1", "elsewhere"), ("j3", "elsewhere"),
                    ("j1", "sent"), ("j1", "theirs"),
                ] as [(JobID, String)] {
                    let tenant: TenantID = job == "j3" ? "other" : .default
                    try transaction.save(Self.file(hash), of: job, tenant: tenant, isSubmitted: true, at: 0)
                }
                for (hash, tenant) in [("sent", .default), ("shared", .default), ("theirs", "other")]
                    as [(String, TenantID)]
                {
                    try transaction.saveUpload(Self.file(hash), tenant: tenant, at: 0)
                }
            }
            let (uploads, files) = try await store.read { snapshot in
                let uploads = try snapshot.uploads(onlyOf: ["j1"], tenant: .default)
                return (uploads, try snapshot.files(onlyOf: ["j1"], uploads: uploads, tenant: .default))
            }
            #expect(uploads == ["sent"])
            #expect(files == ["alone", "sent"])
            let both = try await store.read {
                try $0.files(onlyOf: ["j1", "j2"], uploads: ["sent", "shared"], tenant: .default)
            }
            #expect(both == ["alone", "sent", "shared"])
            try await store.write { transaction in
                try transaction.deleteJob("j1", at: 1)
                try transaction.deleteUploads(uploads, tenant: .default, at: 1)
            }
            let used = try await store.read {
                try $0.filesInUse(among: ["alone", "sent", "shared", "elsewhere", "theirs"])
            }
            #expect(used == ["shared", "elsewhere", "theirs"])
        }
    }
}
