import JSON
import JobModel
import SQLite

private let columns = """
    number, id, tenant, job, conversation, type, sender, recipient, fingerprint, answer, body, received_ms
    """

// Asked and written with every message: put together once.
private let selectMessage = "SELECT \(columns) FROM messages WHERE tenant = ? AND id = ?"
private let selectRequest = """
    SELECT \(columns) FROM messages INDEXED BY messages_of_requests
    WHERE job = ? AND type = 'request' AND conversation IS NULL AND recipient IS NULL ORDER BY number LIMIT 1
    """

extension SQLiteReading {
    package func message(_ id: MessageID, of tenant: TenantID) throws -> MessageRecord? {
        try database.first(selectMessage, tenant, id, row: MessageRecord.init(row:))
    }

    package func messages(of job: JobID, after number: Int64, limit: Int) throws -> [MessageRecord] {
        try database.all(
            "SELECT \(columns) FROM messages WHERE job = ? AND number > ? ORDER BY number LIMIT ?",
            job,
            number,
            limit,
            row: MessageRecord.init(row:)
        )
    }

    package func messages(for agent: AgentID, after number: Int64, limit: Int) throws -> [MessageRecord] {
        try database.all(
            "SELECT \(columns) FROM messages WHERE recipient = ? AND number > ? ORDER BY number LIMIT ?",
            agent,
            number,
            limit,
            row: MessageRecord.init(row:)
        )
    }

    package func openMessages(for agent: AgentID, limit: Int) throws -> [MessageRecord] {
        try database.all(
            """
            SELECT \(columns) FROM messages WHERE recipient = ? AND conversation IN
                (SELECT id FROM conversations WHERE state IN ('discovering', 'assigning', 'running'))
            ORDER BY number LIMIT ?
            """,
            agent,
            limit,
            row: MessageRecord.init(row:)
        )
    }

    package func request(behind job: JobID) throws -> MessageRecord? {
        try database.first(selectRequest, job, row: MessageRecord.init(row:))
    }
}

extension SQLiteWriting {
    package func insertIfNew(_ message: MessageRecord) throws -> Bool {
        let body = try message.body.map(Self.kept)
        let count = try database.run(
            """
            INSERT INTO messages
                (id, tenant, job, conversation, type, sender, recipient, fingerprint, answer, body, received_ms)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (tenant, id) DO NOTHING
            """
        ) { values in
            values.add(message.id)
            values.add(message.tenant)
            values.add(message.job)
            values.add(message.conversation)
            values.add(message.type)
            values.add(message.sender)
            values.add(message.recipient)
            values.add(message.fingerprint)
            values.add(message.answer.text())
            values.add(body)
            values.add(message.received)
        }
        return count == 1
    }

    package func update(_ message: MessageRecord) throws {
        try database.run(
            "UPDATE messages SET job = ?, conversation = ?, answer = ? WHERE tenant = ? AND id = ?",
            message.job,
            message.conversation,
            message.answer.text(),
            message.tenant,
            message.id
        )
    }

    package func deleteMessages(before time: Int64, limit: Int) throws {
        try database.withFreedPagesZeroed {
            try database.run(
                """
                DELETE FROM messages WHERE received_ms < ?
                    AND number IN (SELECT number FROM messages ORDER BY number LIMIT ?)
                """,
                time,
                limit
            )
        }
        try database.run(
            """
            DELETE FROM submissions WHERE (tenant, idempotency_key) IN
                (SELECT tenant, idempotency_key FROM submissions WHERE created_ms < ? ORDER BY created_ms LIMIT ?)
            """,
            time,
            limit
        )
    }

    private static func kept(_ body: StoredJSON) throws -> String {
        let text = body.text
        guard text.utf8.count > MessageRecord.bodyLimit else { return text }
        let body = try body.object()
        var short = body
        var payload: JSONObject = ["omitted_bytes": JSONValue(body["payload"]?.text().utf8.count ?? 0)]
        for name in ["job_id", "step_id", "iteration", "kind", "status"] { payload[name] = body["payload"]?[name] }
        short["payload"] = .object(payload)
        let rest = short.text()
        return rest.utf8.count > MessageRecord.bodyLimit ? "{\"omitted_bytes\":\(text.utf8.count)}" : rest
    }
}

extension MessageRecord {
    fileprivate init(row: SQLiteRow) throws {
        self.init(
            id: MessageID(row.text(1)),
            tenant: TenantID(row.text(2)),
            job: row.optionalText(3).map { JobID($0) },
            conversation: row.optionalText(4).map { ConversationID($0) },
            type: row.text(5),
            sender: row.text(6),
            recipient: row.optionalText(7).map { AgentID($0) },
            fingerprint: row.blob(8),
            answer: try row.object(9),
            body: row.optionalText(10).map { StoredJSON(stored: $0) },
            received: row.integer(11)
        )
        number = row.integer(0)
    }
}
