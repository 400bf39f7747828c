import JSON
import JobModel
import SQLite

extension SQLiteReading {
    package func message(_ id: MessageID) throws -> MessageRecord? {
        try database.first(
            "SELECT tenant, job, type, sender, fingerprint, answer, received_ms FROM messages WHERE id = ?",
            id
        ) { row in
            MessageRecord(
                id: id,
                tenant: TenantID(row.text(0)),
                job: JobID(row.text(1)),
                type: row.text(2),
                sender: row.text(3),
                fingerprint: row.blob(4),
                answer: try row.object(5),
                received: row.integer(6)
            )
        }
    }
}

extension SQLiteWriting {
    package func insert(_ message: MessageRecord) throws {
        try database.run(
            """
            INSERT INTO messages (id, tenant, job, type, sender, fingerprint, answer, received_ms)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            message.id,
            message.tenant,
            message.job,
            message.type,
            message.sender,
            message.fingerprint,
            message.answer.text(),
            message.received
        )
    }

    package func deleteMessages(before time: Int64, limit: Int) throws {
        try database.run(
            """
            DELETE FROM messages WHERE id IN
                (SELECT id FROM messages WHERE received_ms < ? ORDER BY received_ms LIMIT ?)
            """,
            time,
            limit
        )
        try database.run(
            """
            DELETE FROM submissions WHERE (tenant, idempotency_key) IN
                (SELECT tenant, idempotency_key FROM submissions WHERE created_ms < ? ORDER BY created_ms LIMIT ?)
            """,
            time,
            limit
        )
    }
}
