import JSON
import JobModel
import SQLite

private let columns = """
    id, tenant, name, key, capabilities, endpoint, maximum_tasks, bids, patience_ms, info, is_online, seen_ms, \
    assigned_ms, registered_ms
    """

extension SQLiteReading {
    package func agents(of tenant: TenantID) throws -> [AgentRecord] {
        try database.all(
            "SELECT \(columns) FROM agents WHERE tenant = ? ORDER BY name",
            tenant,
            row: AgentRecord.init(row:)
        )
    }

    package func agent(_ id: AgentID) throws -> AgentRecord? {
        try database.first("SELECT \(columns) FROM agents WHERE id = ?", id, row: AgentRecord.init(row:))
    }

    package func agent(key: String) throws -> AgentRecord? {
        try database.first("SELECT \(columns) FROM agents WHERE key = ?", key, row: AgentRecord.init(row:))
    }

    package func agentsWithEndpoint() throws -> [AgentRecord] {
        try database.all(
            "SELECT \(columns) FROM agents WHERE endpoint IS NOT NULL ORDER BY id",
            row: AgentRecord.init(row:)
        )
    }

    package func hasAgentsAtWork() throws -> Bool {
        try database.first(
            """
            SELECT EXISTS (SELECT 1 FROM agents WHERE is_online = 1)
                OR EXISTS (SELECT 1 FROM conversations WHERE state IN ('discovering', 'assigning', 'running'))
            """
        ) { $0.integer(0) == 1 } ?? false
    }

    package func silentAgents(at time: Int64) throws -> [AgentRecord] {
        try database.all(
            "SELECT \(columns) FROM agents WHERE is_online = 1 AND seen_ms + patience_ms < ?",
            time,
            row: AgentRecord.init(row:)
        )
    }

    package func load(of agent: AgentID) throws -> Int {
        try database.first(
            "SELECT COUNT(*) FROM conversations WHERE agent = ? AND state IN ('assigning', 'running')",
            agent
        ) { Int($0.integer(0)) } ?? 0
    }

    package func offeredCapabilities() throws -> [TenantID: Set<String>] {
        let rows = try database.all("SELECT tenant, capabilities FROM agents") { ($0.text(0), $0.text(1)) }
        return rows.reduce(into: [:]) { result, row in
            result[TenantID(row.0), default: []].formUnion(row.1.split(separator: " ").map(String.init))
        }
    }
}

extension SQLiteWriting {
    package func save(_ agent: AgentRecord) throws {
        try database.run(
            "INSERT OR REPLACE INTO agents (\(columns)) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            agent.id,
            agent.tenant,
            agent.name,
            agent.key,
            agent.capabilities.sorted().joined(separator: " "),
            agent.endpoint,
            agent.maximumTasks,
            agent.bids ? 1 : 0,
            agent.patience,
            agent.info.text(),
            agent.isOnline ? 1 : 0,
            agent.seen,
            agent.assigned,
            agent.registered
        )
    }

    package func deleteAgent(_ id: AgentID) throws {
        try database.run("DELETE FROM agents WHERE id = ?", id)
    }
}

extension AgentRecord {
    /// Reads a row whose columns begin at `start`.
    init(row: SQLiteRow, from start: Int) throws {
        self.init(
            id: AgentID(row.text(start)),
            tenant: TenantID(row.text(start + 1)),
            name: row.text(start + 2),
            key: row.text(start + 3),
            capabilities: Set(row.text(start + 4).split(separator: " ").map(String.init)),
            endpoint: row.optionalText(start + 5),
            maximumTasks: Int(row.integer(start + 6)),
            bids: row.integer(start + 7) != 0,
            patience: row.integer(start + 8),
            info: try row.object(start + 9),
            registered: row.integer(start + 13)
        )
        isOnline = row.integer(start + 10) != 0
        seen = row.integer(start + 11)
        assigned = row.integer(start + 12)
    }

    fileprivate init(row: SQLiteRow) throws { try self.init(row: row, from: 0) }
}
