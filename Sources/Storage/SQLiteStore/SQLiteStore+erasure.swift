import JSON
import JobModel
import SQLite

/// Whether a text may hold an address of which ?2 is a piece before the `@` and ?3 one behind it: as it is, or written in a way
/// that only shows when it is read. Wide characters begin with the bytes EF BC or EF BD.
private let mayName = """
    (instr(lower(text), ?2) > 0 AND instr(lower(text), ?3) > 0
        OR instr(text, '%') > 0 OR instr(text, '&#') > 0 OR instr(text, '"base64"') > 0
        OR instr(CAST(text AS BLOB), x'EFBC') > 0 OR instr(CAST(text AS BLOB), x'EFBD') > 0)
    """

/// All that is kept of the jobs whose ids ?1 has as JSON, a row for each piece.
private let jobsSaying = """
    WITH page (id) AS (SELECT value FROM json_each(?1)), said (job, text) AS (
        SELECT id, name FROM jobs WHERE id IN (SELECT id FROM page)
        UNION ALL SELECT id, scenario FROM jobs WHERE id IN (SELECT id FROM page)
        UNION ALL SELECT id, unique_key FROM jobs WHERE id IN (SELECT id FROM page)
        UNION ALL SELECT id, webhook FROM jobs WHERE id IN (SELECT id FROM page)
        UNION ALL SELECT id, message FROM jobs WHERE id IN (SELECT id FROM page)
        UNION ALL SELECT id, outputs FROM jobs WHERE id IN (SELECT id FROM page)
        UNION ALL SELECT id, request_id FROM jobs WHERE id IN (SELECT id FROM page)
        UNION ALL SELECT job, result FROM tasks WHERE job IN (SELECT id FROM page)
        UNION ALL SELECT job, data FROM events WHERE job IN (SELECT id FROM page)
        UNION ALL SELECT job, id FROM messages WHERE job IN (SELECT id FROM page)
        UNION ALL SELECT job, sender FROM messages WHERE job IN (SELECT id FROM page)
        UNION ALL SELECT job, answer FROM messages WHERE job IN (SELECT id FROM page)
        UNION ALL SELECT job, body FROM messages WHERE job IN (SELECT id FROM page)
        UNION ALL SELECT job, data FROM conversations WHERE job IN (SELECT id FROM page)
        UNION ALL SELECT job, name FROM artifacts WHERE job IN (SELECT id FROM page)
        UNION ALL SELECT job, content_type FROM artifacts WHERE job IN (SELECT id FROM page)
        UNION ALL SELECT job, url FROM webhooks WHERE job IN (SELECT id FROM page)
        UNION ALL SELECT job, body FROM webhooks WHERE job IN (SELECT id FROM page)
        UNION ALL SELECT job, problem FROM webhooks WHERE job IN (SELECT id FROM page)
    )
    SELECT job, text FROM said WHERE \(mayName)
    """

/// Messages about no job with numbers above ?1 up to ?4 of the tenant ?5, a row for each piece.
private let messagesSaying = """
    WITH said (id, text) AS (
        SELECT id, id FROM messages WHERE job IS NULL AND number > ?1 AND number <= ?4 AND tenant = ?5
        UNION ALL SELECT id, sender FROM messages WHERE job IS NULL AND number > ?1 AND number <= ?4 AND tenant = ?5
        UNION ALL SELECT id, answer FROM messages WHERE job IS NULL AND number > ?1 AND number <= ?4 AND tenant = ?5
        UNION ALL SELECT id, body FROM messages WHERE job IS NULL AND number > ?1 AND number <= ?4 AND tenant = ?5
    )
    SELECT id, text FROM said WHERE \(mayName)
    """

// MARK: Searching

extension SQLiteReading {
    package func sealedJobs(naming person: String, tenant: TenantID) throws -> [JobID] {
        guard let vault else { return [] }
        return try database.all(
            """
            SELECT DISTINCT audit_keys.job FROM audit_subjects JOIN audit_keys ON audit_keys.id = audit_subjects.key
            WHERE audit_subjects.person = ? AND audit_keys.tenant = ? AND audit_keys.job IS NOT NULL ORDER BY 1
            """,
            vault.index(person, tenant),
            tenant
        ) { JobID($0.text(0)) }
    }

    package func jobs(
        naming person: String,
        tenant: TenantID,
        after id: JobID?,
        limit: Int
    ) throws -> (found: [JobID], last: JobID?) {
        let page = try database.all(
            "SELECT id FROM jobs WHERE tenant = ? AND id > ? ORDER BY id LIMIT ?",
            tenant,
            id?.rawValue ?? "",
            limit
        ) { $0.text(0) }
        let parts = NamedAddresses.plainParts(of: person)
        let naming = try database.all(jobsSaying, Self.list(page), parts.local, parts.domain) { row -> String? in
            NamedAddresses.hold(person, in: Self.value(row.text(1))) ? row.text(0) : nil
        }
        let found = Set(naming.compactMap(\.self)).sorted().map { JobID($0) }
        return (found, page.count < limit ? nil : page.last.map { JobID($0) })
    }

    package func submissions(
        naming person: String,
        tenant: TenantID,
        after key: String?,
        limit: Int
    ) throws -> (found: [KeyedSubmission], last: String?) {
        let page = try database.all(
            """
            SELECT idempotency_key, job FROM submissions WHERE tenant = ? AND idempotency_key > ?
            ORDER BY idempotency_key LIMIT ?
            """,
            tenant,
            key ?? "",
            limit
        ) { KeyedSubmission(key: $0.text(0), job: JobID($0.text(1))) }
        return (page.filter { NamedAddresses.hold(person, in: $0.key) }, page.count < limit ? nil : page.last?.key)
    }

    package func joblessMessages(
        naming person: String,
        tenant: TenantID,
        after number: Int64?,
        limit: Int
    ) throws -> (found: [MessageID], last: Int64?) {
        let after = number ?? 0
        let page = try database.all(
            "SELECT number FROM messages WHERE job IS NULL AND number > ? ORDER BY number LIMIT ?",
            after,
            limit
        ) { $0.integer(0) }
        guard let last = page.last else { return ([], nil) }
        let parts = NamedAddresses.plainParts(of: person)
        let naming = try database.all(
            messagesSaying,
            after,
            parts.local,
            parts.domain,
            last,
            tenant
        ) { row -> String? in
            NamedAddresses.hold(person, in: Self.value(row.text(1))) ? row.text(0) : nil
        }
        let found = Set(naming.compactMap(\.self)).sorted().map { MessageID($0) }
        return (found, page.count < limit ? nil : last)
    }

    package func uploads(
        naming person: String,
        tenant: TenantID,
        after sha256: String?,
        limit: Int
    ) throws -> (found: [String], last: String?) {
        let page = try database.all(
            "SELECT sha256, name, content_type FROM uploads WHERE tenant = ? AND sha256 > ? ORDER BY sha256 LIMIT ?",
            tenant,
            sha256 ?? "",
            limit
        ) { (sha256: $0.text(0), name: $0.text(1), type: $0.text(2)) }
        let found = page.filter { file in
            [file.name, file.type].contains { NamedAddresses.hold(person, in: $0) }
        }.map(\.sha256)
        return (found, page.count < limit ? nil : page.last?.sha256)
    }

    package func settings(naming person: String, tenant: TenantID) throws -> NamingSettings {
        var settings = NamingSettings()
        func isNamed(_ said: JSONValue...) -> Bool { NamedAddresses.hold(person, in: .array(said)) }
        settings.schedules = try schedules(of: tenant).filter {
            isNamed(.string($0.name), .object($0.scenario), .string($0.problem ?? ""))
        }.map(\.id)
        settings.keys = try apiKeys(of: tenant).filter { isNamed(.string($0.name)) }.map(\.id)
        settings.agents = try agents(of: tenant).filter {
            isNamed(
                .string($0.name),
                .object($0.info),
                .string($0.endpoint ?? ""),
                .string($0.capabilities.sorted().joined(separator: " "))
            )
        }.map(\.id)
        settings.holds = try auditHolds(of: tenant).filter { isNamed(.string($0.reason)) }.map(\.id)
        // The queue as a whole is paused by keys of the default tenant alone.
        settings.pauses = try policies().filter { policy in
            policy.tenant == tenant || policy.tenant == nil && tenant == .default
        }.filter { isNamed(.string($0.pause?.note ?? "")) }.map(\.tenant)
        return settings
    }

    /// Text as what it says; what was cut off where it was too long is no JSON any more.
    private static func value(_ text: String) -> JSONValue {
        (try? JSONValue(parsing: Array(text.utf8))) ?? .string(text)
    }

    fileprivate static func list(_ texts: [String]) -> String { JSONValue.array(texts.map { .string($0) }).text() }
}

// MARK: What goes along

extension SQLiteReading {
    package func submissions(of jobs: [JobID], tenant: TenantID) throws -> [(key: String, mayName: Bool)] {
        // All of the tenant's are looked at: no index leads from a job to its keys.
        guard !jobs.isEmpty else { return [] }
        return try database.all(
            "SELECT idempotency_key FROM submissions WHERE tenant = ? AND job IN (SELECT value FROM json_each(?))",
            tenant,
            Self.list(jobs.map(\.rawValue))
        ) { row in
            let key = row.text(0)
            return (key, NamedAddresses.mayStand(in: key))
        }
    }

    package func uploads(onlyOf jobs: [JobID], tenant: TenantID) throws -> [String] {
        try database.all(
            """
            SELECT DISTINCT uploads.sha256 FROM artifacts JOIN uploads ON uploads.sha256 = artifacts.sha256
            WHERE artifacts.job IN (SELECT value FROM json_each(?2)) AND uploads.tenant = ?1 AND NOT EXISTS (
                SELECT 1 FROM artifacts AS others WHERE others.sha256 = uploads.sha256 AND others.tenant = ?1
                    AND others.job NOT IN (SELECT value FROM json_each(?2)))
            ORDER BY 1
            """,
            tenant,
            Self.list(jobs.map(\.rawValue))
        ) { $0.text(0) }
    }

    package func files(onlyOf jobs: [JobID], uploads: [String], tenant: TenantID) throws -> [String] {
        try database.all(
            """
            WITH gone (sha256) AS (
                SELECT sha256 FROM artifacts WHERE job IN (SELECT value FROM json_each(?2))
                UNION SELECT value FROM json_each(?3)
            )
            SELECT sha256 FROM gone WHERE NOT EXISTS (
                SELECT 1 FROM artifacts WHERE artifacts.sha256 = gone.sha256
                    AND artifacts.job NOT IN (SELECT value FROM json_each(?2))
            ) AND NOT EXISTS (
                SELECT 1 FROM uploads WHERE uploads.sha256 = gone.sha256
                    AND (uploads.tenant <> ?1 OR uploads.sha256 NOT IN (SELECT value FROM json_each(?3)))
            ) ORDER BY sha256
            """,
            tenant,
            Self.list(jobs.map(\.rawValue)),
            Self.list(uploads)
        ) { $0.text(0) }
    }

    package func filesInUse(among hashes: [String]) throws -> Set<String> {
        let used = try database.all(
            """
            SELECT value FROM json_each(?) WHERE EXISTS (SELECT 1 FROM artifacts WHERE artifacts.sha256 = value)
                OR EXISTS (SELECT 1 FROM uploads WHERE uploads.sha256 = value)
            """,
            Self.list(hashes)
        ) { $0.text(0) }
        return Set(used)
    }
}

// MARK: Removing

extension SQLiteWriting {
    package func deleteSubmissions(_ keys: [String], tenant: TenantID) throws {
        try database.withFreedPagesZeroed {
            for key in keys {
                try database.run("DELETE FROM submissions WHERE tenant = ? AND idempotency_key = ?", tenant, key)
            }
        }
    }

    package func forgetFingerprints(of keys: [String], tenant: TenantID) throws {
        for key in keys {
            try database.run(
                "UPDATE submissions SET fingerprint = x'' WHERE tenant = ? AND idempotency_key = ?",
                tenant,
                key
            )
        }
    }

    package func deleteMessages(_ ids: [MessageID], tenant: TenantID) throws {
        try database.withFreedPagesZeroed {
            for id in ids { try database.run("DELETE FROM messages WHERE tenant = ? AND id = ?", tenant, id) }
        }
    }

    package func deleteUploads(_ hashes: [String], tenant: TenantID, at time: Int64) throws {
        try database.withFreedPagesZeroed {
            for hash in hashes {
                try database.run("DELETE FROM uploads WHERE tenant = ? AND sha256 = ?", tenant, hash)
                try database.run("INSERT OR IGNORE INTO unused_files (sha256, since_ms) VALUES (?, ?)", hash, time)
            }
        }
    }

    package func forgetName(ofAPIKey id: String) throws {
        try database.run("UPDATE api_keys SET name = 'erased' WHERE id = ?", id)
    }
}
