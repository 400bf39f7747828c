import JSON
import JobModel
import SQLite

private let columns = "job, step, iteration, tenant, action, status, journal, result, epoch, updated_ms"

// Asked whenever a job is handed over: put together once.
private let selectTasks = "SELECT \(columns) FROM tasks WHERE job = ? ORDER BY number"

extension SQLiteReading {
    package func tasks(of job: JobID) throws -> [TaskRecord] {
        try database.all(selectTasks, job, row: TaskRecord.init(row:))
    }

    package func task(_ key: JournalKey) throws -> TaskRecord? {
        try database.first(
            "SELECT \(columns) FROM tasks WHERE job = ? AND step = ? AND iteration = ?",
            key.job,
            key.step,
            key.iteration,
            row: TaskRecord.init(row:)
        )
    }
}

extension SQLiteWriting {
    package func save(_ task: TaskRecord) throws {
        try database.run(
            """
            INSERT INTO tasks (\(columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (job, step, iteration) DO UPDATE SET action = excluded.action, status = excluded.status,
                journal = excluded.journal, result = excluded.result, epoch = excluded.epoch,
                updated_ms = excluded.updated_ms
            """,
            task.key.job,
            task.key.step,
            task.key.iteration,
            task.tenant,
            task.action,
            task.status,
            task.journal?.rawValue,
            task.result.text(),
            task.epoch,
            task.updated
        )
        changed.note(task.key.job)
    }

    package func forgetRun(of job: JobID, at time: Int64) throws {
        try database.run("DELETE FROM tasks WHERE job = ?", job)
        try database.run("DELETE FROM conversations WHERE job = ?", job)
        let made = "FROM artifacts WHERE job = ? AND is_submitted = 0"
        try database.run(
            "INSERT OR IGNORE INTO unused_files (sha256, since_ms) SELECT sha256, ? \(made)",
            time,
            job
        )
        try database.run("DELETE \(made)", job)
        changed.note(job)
    }
}

extension TaskRecord {
    fileprivate init(row: SQLiteRow) throws {
        self.init(
            key: JournalKey(
                job: JobID(row.text(0)),
                step: StepID(row.text(1)),
                iteration: Int(row.integer(2))
            ),
            tenant: TenantID(row.text(3)),
            action: row.text(4),
            status: row.text(5),
            journal: try row.optionalWord(6),
            result: try row.object(7),
            epoch: Epoch(row.integer(8)),
            updated: row.integer(9)
        )
    }
}
