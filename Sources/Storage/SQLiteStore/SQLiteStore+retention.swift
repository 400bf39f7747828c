import JobModel
import SQLite

/// No legal hold keeps what the job left.
private let isFree = """
    NOT EXISTS (SELECT 1 FROM audit_holds WHERE audit_holds.tenant = jobs.tenant
        AND (audit_holds.job IS NULL OR audit_holds.job = jobs.id))
    """

extension SQLiteReading {
    package func endedJobs(before time: Int64?, beyond count: Int?, limit: Int) throws -> [JobID] {
        var jobs: [JobID] = []
        if let time {
            jobs = try database.all(
                """
                SELECT id FROM jobs WHERE ended_ms IS NOT NULL AND ended_ms < ? AND \(isFree)
                ORDER BY ended_ms LIMIT ?
                """,
                time,
                limit
            ) { JobID($0.text(0)) }
        }
        guard jobs.isEmpty, let count else { return jobs }
        return try database.all(
            """
            SELECT id FROM (SELECT id, tenant FROM jobs WHERE ended_ms IS NOT NULL
                ORDER BY ended_ms DESC, id LIMIT -1 OFFSET ?2) AS jobs
            WHERE \(isFree) LIMIT ?1
            """,
            limit,
            count
        ) { JobID($0.text(0)) }
    }

    package func unusedFiles(before time: Int64, limit: Int) throws -> [(sha256: String, isUsed: Bool)] {
        try database.all(
            """
            SELECT sha256, EXISTS (SELECT 1 FROM artifacts WHERE artifacts.sha256 = unused_files.sha256)
                OR EXISTS (SELECT 1 FROM uploads WHERE uploads.sha256 = unused_files.sha256)
            FROM unused_files WHERE since_ms < ? ORDER BY since_ms LIMIT ?
            """,
            time,
            limit
        ) { ($0.text(0), $0.integer(1) != 0) }
    }
}

extension SQLiteWriting {
    package func deleteFiles(endedBefore time: Int64, at now: Int64, limit: Int) throws -> Int {
        let old = try database.all(
            """
            SELECT artifacts.job, artifacts.name, artifacts.sha256 FROM artifacts JOIN jobs ON jobs.id = artifacts.job
            WHERE jobs.ended_ms IS NOT NULL AND jobs.ended_ms < ? AND \(isFree) LIMIT ?
            """,
            time,
            limit
        ) { (job: JobID($0.text(0)), name: $0.text(1), sha256: $0.text(2)) }
        for file in old {
            try database.run("DELETE FROM artifacts WHERE job = ? AND name = ?", file.job, file.name)
            // Who has the job as it was with the file must not be told that it is still so.
            try database.run("UPDATE jobs SET updated_ms = ? WHERE id = ?", now, file.job)
            changed.note(file.job)
            try noteUnusedFile(file.sha256, at: now)
        }
        let uploads = try database.all(
            "SELECT tenant, sha256 FROM uploads WHERE created_ms < ? LIMIT ?",
            time,
            limit - old.count
        ) { (tenant: $0.text(0), sha256: $0.text(1)) }
        for file in uploads {
            try database.run("DELETE FROM uploads WHERE tenant = ? AND sha256 = ?", file.tenant, file.sha256)
            try noteUnusedFile(file.sha256, at: now)
        }
        return old.count + uploads.count
    }

    package func noteUnusedFile(_ sha256: String, at time: Int64) throws {
        try database.run(
            """
            INSERT INTO unused_files (sha256, since_ms) VALUES (?, ?)
            ON CONFLICT (sha256) DO UPDATE SET since_ms = excluded.since_ms
            """,
            sha256,
            time
        )
    }

    package func forgetUnusedFiles(_ hashes: [String]) throws {
        for hash in hashes { try database.run("DELETE FROM unused_files WHERE sha256 = ?", hash) }
    }
}
