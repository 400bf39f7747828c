import JobModel
import SQLite

extension SQLiteReading {
    package func outboxCount() throws -> Int {
        try database.first("SELECT count(*) FROM outbox") { Int($0.integer(0)) } ?? 0
    }

    package func outbox(limit: Int) throws -> [OutboxRecord] {
        try database.all("SELECT id, job FROM outbox ORDER BY id LIMIT ?", limit) {
            OutboxRecord(id: $0.integer(0), job: JobID($0.text(1)))
        }
    }
}

extension SQLiteWriting {
    package func notifyIndex(of job: JobID) throws {
        try database.run("INSERT INTO outbox (job) VALUES (?)", job)
    }

    package func notifyIndexOfPolicies() throws { try notifyIndex(of: OutboxRecord.policies) }

    package func deleteOutbox(_ rows: [OutboxRecord]) throws {
        for row in rows { try database.run("DELETE FROM outbox WHERE id = ?", row.id) }
    }
}
