import JSON
import JobModel
import SQLite

private let columns = """
    id, tenant, job, step, iteration, state, agent, epoch, dispatched_ms, timer_ms, created_ms, updated_ms, data
    """

extension SQLiteReading {
    package func conversation(_ id: ConversationID) throws -> ConversationRecord? {
        try database.first(
            "SELECT \(columns) FROM conversations WHERE id = ?",
            id,
            row: ConversationRecord.init(row:)
        )
    }

    package func conversation(about key: JournalKey) throws -> ConversationRecord? {
        try database.first(
            """
            SELECT \(columns) FROM conversations WHERE job = ? AND step = ? AND iteration = ?
            ORDER BY created_ms DESC, id DESC LIMIT 1
            """,
            key.job,
            key.step,
            key.iteration,
            row: ConversationRecord.init(row:)
        )
    }

    package func openConversations(of agent: AgentID) throws -> [ConversationRecord] {
        let open = try database.all(
            """
            SELECT \(columns) FROM conversations
            WHERE state IN ('discovering', 'assigning', 'running') ORDER BY created_ms LIMIT 10000
            """,
            row: ConversationRecord.init(row:)
        )
        return open.filter { conversation in
            conversation.agent == agent || conversation.asked.contains(agent)
                || conversation.offers.contains { $0.agent == agent }
        }
    }

    package func dueConversations(at time: Int64, limit: Int) throws -> [ConversationRecord] {
        try database.all(
            """
            SELECT \(columns) FROM conversations
            WHERE state IN ('discovering', 'assigning', 'running') AND timer_ms <= ? ORDER BY timer_ms LIMIT ?
            """,
            time,
            limit,
            row: ConversationRecord.init(row:)
        )
    }

    package func orphanedConversations(limit: Int) throws -> [ConversationRecord] {
        try database.all(
            """
            SELECT \(columns) FROM conversations WHERE state IN ('discovering', 'assigning', 'running')
                AND job IN (SELECT id FROM jobs WHERE state IN ('done', 'failed', 'cancelled', 'dead')) LIMIT ?
            """,
            limit,
            row: ConversationRecord.init(row:)
        )
    }

    package func undispatchedConversations(
        limit: Int,
        except tenants: Set<TenantID>
    ) throws -> [(conversation: ConversationRecord, agent: AgentRecord)] {
        let waiting = try database.all(
            """
            SELECT \(columns) FROM conversations
            WHERE state = 'assigning' AND dispatched_ms IS NULL
                AND agent IN (SELECT id FROM agents WHERE endpoint IS NOT NULL)
                AND tenant NOT IN (SELECT value FROM json_each(?1)) ORDER BY created_ms, id LIMIT ?2
            """,
            JSONValue.array(tenants.map { .string($0.rawValue) }).text(),
            limit,
            row: ConversationRecord.init(row:)
        )
        return try waiting.compactMap { conversation in
            guard let agent = try conversation.agent.flatMap(agent) else { return nil }
            return (conversation, agent)
        }
    }
}

extension SQLiteWriting {
    package func save(_ conversation: ConversationRecord) throws {
        try database.run(
            "INSERT OR REPLACE INTO conversations (\(columns)) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
            conversation.id,
            conversation.tenant,
            conversation.key.job,
            conversation.key.step,
            conversation.key.iteration,
            conversation.state.rawValue,
            conversation.agent,
            conversation.epoch,
            conversation.dispatched,
            conversation.timer,
            conversation.created,
            conversation.updated,
            conversation.data.text()
        )
    }
}

extension ConversationRecord {
    fileprivate init(row: SQLiteRow) throws {
        let data = try row.object(12)
        self.init(
            id: ConversationID(row.text(0)),
            tenant: TenantID(row.text(1)),
            key: JournalKey(job: JobID(row.text(2)), step: StepID(row.text(3)), iteration: Int(row.integer(4))),
            lease: Epoch(0),
            capability: data["capability"]?.string ?? "",
            input: data["input"] ?? .null,
            wanted: data["wanted"]?.string,
            isIdempotent: data["idempotent"]?.bool ?? false,
            deadline: data["deadline_ms"]?.int64 ?? 0,
            created: row.integer(10)
        )
        read(data)
        state = try row.word(5)
        agent = row.optionalText(6).map { AgentID($0) }
        epoch = Epoch(row.integer(7))
        dispatched = row.optionalInteger(8)
        timer = row.optionalInteger(9)
        updated = row.integer(11)
    }
}
