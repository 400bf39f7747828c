import JobModel
import SQLite

extension SQLiteReading {
    package func artifacts(of job: JobID) throws -> [Artifact] {
        try database.all(
            "SELECT name, bytes, sha256, content_type FROM artifacts WHERE job = ? ORDER BY name",
            job,
            row: Artifact.init(row:)
        )
    }

    package func artifact(_ name: String, of job: JobID) throws -> Artifact? {
        try database.first(
            "SELECT name, bytes, sha256, content_type FROM artifacts WHERE job = ? AND name = ?",
            job,
            name,
            row: Artifact.init(row:)
        )
    }

    package func upload(sha256: String, tenant: TenantID) throws -> Artifact? {
        try database.first(
            "SELECT name, bytes, sha256, content_type FROM uploads WHERE sha256 = ? AND tenant = ?",
            sha256,
            tenant,
            row: Artifact.init(row:)
        )
    }
}

extension SQLiteWriting {
    package func save(
        _ artifact: Artifact,
        of job: JobID,
        tenant: TenantID,
        isSubmitted: Bool,
        at time: Int64
    ) throws {
        if let old = try self.artifact(artifact.name, of: job)?.sha256, old != artifact.sha256 {
            try noteUnusedFile(old, at: time)
        }
        try database.run(
            """
            INSERT INTO artifacts (job, name, tenant, bytes, sha256, content_type, created_ms, is_submitted)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (job, name) DO UPDATE SET bytes = excluded.bytes, sha256 = excluded.sha256,
                content_type = excluded.content_type, created_ms = excluded.created_ms
            """,
            job,
            artifact.name,
            tenant,
            artifact.bytes,
            artifact.sha256,
            artifact.contentType,
            time,
            isSubmitted
        )
        changed.note(job)
    }

    package func saveUpload(_ artifact: Artifact, tenant: TenantID, at time: Int64) throws {
        try database.run(
            """
            INSERT INTO uploads (tenant, sha256, name, bytes, content_type, created_ms) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (tenant, sha256) DO UPDATE SET name = excluded.name, content_type = excluded.content_type,
                created_ms = excluded.created_ms
            """,
            tenant,
            artifact.sha256,
            artifact.name,
            artifact.bytes,
            artifact.contentType,
            time
        )
    }
}

extension Artifact {
    fileprivate init(row: SQLiteRow) {
        self.init(name: row.text(0), bytes: Int(row.integer(1)), sha256: row.text(2), contentType: row.text(3))
    }
}
