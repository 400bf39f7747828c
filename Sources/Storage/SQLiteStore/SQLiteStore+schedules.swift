import JSON
import JobModel
import SQLite

private let columns = """
    id, tenant, principal, name, cron, timezone, overlap, scenario, next_ms, last_ms, job, is_queued, problem, created_ms
    """

extension SQLiteReading {
    package func schedules(of tenant: TenantID) throws -> [ScheduleRecord] {
        try database.all(
            "SELECT \(columns) FROM schedules WHERE tenant = ? ORDER BY name",
            tenant,
            row: ScheduleRecord.init(row:)
        )
    }

    package func scheduleCount(of tenant: TenantID) throws -> Int {
        try database.first("SELECT COUNT(*) FROM schedules WHERE tenant = ?", tenant) { Int($0.integer(0)) } ?? 0
    }

    package func scheduleID(named name: String, of tenant: TenantID) throws -> String? {
        try database.first("SELECT id FROM schedules WHERE tenant = ? AND name = ?", tenant, name) { $0.text(0) }
    }

    package func schedule(_ id: String) throws -> ScheduleRecord? {
        try database.first("SELECT \(columns) FROM schedules WHERE id = ?", id, row: ScheduleRecord.init(row:))
    }

    package func dueSchedules(at time: Int64, limit: Int) throws -> [ScheduleRecord] {
        try database.all(
            """
            SELECT \(columns) FROM schedules WHERE next_ms IS NOT NULL AND next_ms <= ?1
            UNION SELECT \(columns) FROM schedules WHERE is_queued = 1 ORDER BY next_ms LIMIT ?2
            """,
            time,
            limit,
            row: ScheduleRecord.init(row:)
        )
    }
}

extension SQLiteWriting {
    package func save(_ schedule: ScheduleRecord) throws {
        try database.run(
            "INSERT OR REPLACE INTO schedules (\(columns)) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            schedule.id,
            schedule.tenant,
            schedule.principal,
            schedule.name,
            schedule.cron,
            schedule.timezone,
            schedule.overlap.rawValue,
            schedule.scenario.text(),
            schedule.next,
            schedule.last,
            schedule.job,
            schedule.isQueued ? 1 : 0,
            schedule.problem,
            schedule.created
        )
    }

    package func deleteSchedule(_ id: String) throws {
        try database.run("DELETE FROM schedules WHERE id = ?", id)
    }
}

extension ScheduleRecord {
    fileprivate init(row: SQLiteRow) throws {
        self.init(
            id: row.text(0),
            tenant: TenantID(row.text(1)),
            principal: row.text(2),
            name: row.text(3),
            cron: row.text(4),
            timezone: row.text(5),
            overlap: try row.word(6),
            scenario: try row.object(7),
            next: row.optionalInteger(8),
            created: row.integer(13)
        )
        last = row.optionalInteger(9)
        job = row.optionalText(10).map { JobID($0) }
        isQueued = row.integer(11) != 0
        problem = row.optionalText(12)
    }
}
