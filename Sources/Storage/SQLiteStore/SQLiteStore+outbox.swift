import JobModel
import SQLite

extension SQLiteReading {
    package func outboxCount() throws -> Int {
        try database.first("SELECT count(*) FROM outbox") { Int($0.integer(0)) } ?? 0
    }

    package func outbox(after id: Int64, limit: Int) throws -> [OutboxRecord] {
        // Jobs that come together mostly need the same.
        var (text, needs) = ("", Set<String>())
        return try database.all(
            """
            SELECT outbox.id, outbox.job, jobs.tenant, jobs.state, jobs.priority, jobs.not_before_ms, jobs.epoch, jobs.needs,
                jobs.stop_reason IS NOT NULL
            FROM outbox LEFT JOIN jobs ON jobs.id = outbox.job
            WHERE outbox.id > ? ORDER BY outbox.id LIMIT ?
            """,
            id,
            limit
        ) { row in
            var record = OutboxRecord(id: row.integer(0), job: JobID(row.text(1)))
            guard !row.isNull(2) else { return record }
            if row.text(7) != text {
                text = row.text(7)
                needs = Set(text.split(separator: " ").map(String.init))
            }
            record.standing = try OutboxRecord.Standing(row: row, needs: needs)
            return record
        }
    }
}

extension OutboxRecord.Standing {
    fileprivate init(row: SQLiteRow, needs: Set<String>) throws {
        self.init(
            tenant: TenantID(row.text(2)),
            state: try row.word(3),
            priority: Int(row.integer(4)),
            notBefore: row.optionalInteger(5),
            epoch: Epoch(row.integer(6)),
            needs: needs,
            isStopping: row.integer(8) == 1
        )
    }
}

extension SQLiteWriting {
    package func notifyIndex(of job: JobID) throws {
        try database.run("INSERT INTO outbox (job) VALUES (?)", job)
    }

    package func notifyIndexOfPolicies() throws { try notifyIndex(of: OutboxRecord.policies) }

    package func deleteOutbox(through id: Int64) throws {
        try database.run("DELETE FROM outbox WHERE id <= ?", id)
    }
}
