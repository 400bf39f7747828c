import JSON
import JobModel
import SQLite

private let columns = "id, tenant, job, url, event, body, state, attempts, due_ms, problem, created_ms, tried_ms"
/// ?1 has the calls that are busy, ?2 the tenants, as JSON.
private let isFree = """
    id NOT IN (SELECT value FROM json_each(?1)) AND tenant NOT IN (SELECT value FROM json_each(?2))
    """

extension SQLiteReading {
    package func dueWebhooks(at time: Int64, limit: Int, except busy: BusyWebhooks) throws -> [WebhookRecord] {
        try database.all(
            """
            SELECT \(columns) FROM webhooks WHERE state = 'pending' AND due_ms <= ?3 AND \(isFree)
            ORDER BY due_ms LIMIT ?4
            """,
            busy.callsText,
            busy.tenantsText,
            time,
            limit,
            row: WebhookRecord.init(row:)
        )
    }

    package func nextWebhook(except busy: BusyWebhooks) throws -> Int64? {
        let due = try database.all(
            "SELECT due_ms FROM webhooks WHERE state = 'pending' AND \(isFree) ORDER BY due_ms LIMIT 1",
            busy.callsText,
            busy.tenantsText
        ) { $0.integer(0) }
        return due.first
    }

    package func webhooks(of tenant: TenantID, in state: WebhookRecord.State?, limit: Int) throws -> [WebhookRecord] {
        try database.all(
            """
            SELECT \(columns) FROM webhooks WHERE tenant = ?1 AND (?2 IS NULL OR state = ?2)
            ORDER BY created_ms DESC, id LIMIT ?3
            """,
            tenant,
            state?.rawValue,
            limit,
            row: WebhookRecord.init(row:)
        )
    }

    package func webhook(_ id: String) throws -> WebhookRecord? {
        try database.first("SELECT \(columns) FROM webhooks WHERE id = ?", id, row: WebhookRecord.init(row:))
    }
}

extension SQLiteWriting {
    package func save(_ webhook: WebhookRecord) throws {
        try database.run(
            "INSERT OR REPLACE INTO webhooks (\(columns)) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
            webhook.id,
            webhook.tenant,
            webhook.job,
            webhook.url,
            webhook.event,
            webhook.body,
            webhook.state.rawValue,
            webhook.attempts,
            webhook.due,
            webhook.problem,
            webhook.created,
            webhook.tried
        )
    }

    package func deleteWebhooks(before time: Int64, limit: Int) throws {
        try database.run(
            """
            DELETE FROM webhooks WHERE id IN (
                SELECT id FROM webhooks WHERE state <> 'pending' AND created_ms < ? ORDER BY created_ms LIMIT ?
            )
            """,
            time,
            limit
        )
    }
}

extension BusyWebhooks {
    fileprivate var callsText: String { Self.text(calls) }
    fileprivate var tenantsText: String { Self.text(tenants.map(\.rawValue)) }

    private static func text(_ names: some Collection<String>) -> String {
        JSONValue.array(names.map { .string($0) }).text()
    }
}

extension WebhookRecord {
    fileprivate init(row: SQLiteRow) throws {
        self.init(
            id: row.text(0),
            tenant: TenantID(row.text(1)),
            job: JobID(row.text(2)),
            url: row.text(3),
            event: row.text(4),
            body: row.text(5),
            created: row.integer(10)
        )
        state = try row.word(6)
        attempts = Int(row.integer(7))
        due = row.integer(8)
        problem = row.optionalText(9)
        tried = row.optionalInteger(11)
    }
}
