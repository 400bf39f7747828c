import JSON
import JobModel
import SQLite

private let columns = """
    id, tenant, principal, name, scenario, needs, priority, max_retries, timeout_ms, deadline_ms, state, reason, \
    message, failed_step, stop_reason, epoch, worker, attempts, deliveries, losses, not_before_ms, run_until_ms, \
    submitted_ms, started_ms, ended_ms, updated_ms, outputs, last_seq, \
    interruptions, run, intent, unique_key, no_progress_ms, request_id, trace, webhook
    """

// Where jobs that have not ended are found by state.
private let openJobs = "jobs INDEXED BY jobs_open WHERE ended_ms IS NULL AND"

/// Counts the open jobs of a tenant; names only columns of the index, so no row is read.
///
///     ?1  the tenant
///     ?2  now, milliseconds since 1970
///     →   ready, delayed, running
let countOpenJobsOfTenant = """
    SELECT count(*) FILTER (WHERE state <> 'running' AND coalesce(not_before_ms, 0) <= ?2),
        count(*) FILTER (WHERE not_before_ms > ?2), count(*) FILTER (WHERE state = 'running')
    FROM \(openJobs) state IN ('pending', 'running', 'scheduled') AND tenant = ?1
    """

// Statements of every write are put together once.
private let selectJob = "SELECT \(columns) FROM jobs WHERE id = ?"
private let insertJob =
    "INSERT INTO jobs (\(columns)) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
private let updateJob = """
    UPDATE jobs SET state = ?, reason = ?, message = ?, failed_step = ?, stop_reason = ?, epoch = ?, worker = ?,
        attempts = ?, deliveries = ?, losses = ?, not_before_ms = ?, run_until_ms = ?, started_ms = ?,
        ended_ms = ?, updated_ms = ?, outputs = ?, last_seq = ?, interruptions = ?, run = ?
    WHERE id = ? AND state = ? AND epoch = ? AND worker IS ?
    """

extension SQLiteReading {
    package func job(_ id: JobID) throws -> JobRecord? { try storedJob(id) }

    /// The job as its row says.
    func storedJob(_ id: JobID) throws -> JobRecord? {
        try database.first(selectJob, id, row: JobRecord.init(row:))
    }

    package func jobs(_ query: JobQuery) throws -> [JobRecord] {
        if let ended = query.ended { return try endedJobs(query, ended) }
        // The states are words of ours, never input: joining them keeps the index usable.
        let states = query.states.map { "'\($0.rawValue)'" }.sorted().joined(separator: ", ")
        let filter = states.isEmpty ? "" : "AND state IN (\(states))"
        return try database.all(
            """
            SELECT \(columns) FROM jobs WHERE tenant = ?1 AND (?2 IS NULL OR id < ?2) \(filter)
            ORDER BY id DESC LIMIT ?3 OFFSET ?4
            """,
            query.tenant,
            query.after,
            query.limit,
            query.offset,
            row: JobRecord.init(row:)
        )
    }

    private func endedJobs(_ query: JobQuery, _ ended: JobQuery.Ended) throws -> [JobRecord] {
        // Words of ours, never input.
        let states = ended.states.map { "'\($0.rawValue)'" }.sorted().joined(separator: ", ")
        let reasons = ended.reasons.map { "'\($0.rawValue)'" }.sorted().joined(separator: ", ")
        // The first term is the index's own; the planner takes it only when it stands there word by word.
        let term = "state IN ('dead', 'failed') AND state IN (\(states))"
        return try database.all(
            """
            SELECT \(columns) FROM jobs WHERE tenant = ?1 AND (?2 IS NULL OR id < ?2) AND \(term)
                \(reasons.isEmpty ? "" : "AND reason IN (\(reasons))")
                AND (?3 IS NULL OR intent = ?3) AND (?4 IS NULL OR name = ?4)
                AND (?5 IS NULL OR ended_ms > ?5) AND (?6 IS NULL OR ended_ms <= ?6)
            ORDER BY id DESC LIMIT ?7
            """,
            query.tenant,
            query.after,
            ended.intent,
            ended.name,
            ended.after,
            ended.before,
            query.limit,
            row: JobRecord.init(row:)
        )
    }

    package func activeJob(tenant: TenantID, uniqueKey: String) throws -> JobRecord? {
        try database.first(
            """
            SELECT \(columns) FROM jobs
            WHERE tenant = ? AND unique_key = ? AND state NOT IN ('cancelled', 'dead', 'done', 'failed')
            """,
            tenant,
            uniqueKey,
            row: JobRecord.init(row:)
        )
    }

    package func jobIDs(in states: Set<JobState>, after id: JobID?, limit: Int) throws -> [JobID] {
        let words = states.map { "'\($0.rawValue)'" }.sorted().joined(separator: ", ")
        let jobs = states.contains(where: \.isTerminal) ? "jobs WHERE" : openJobs
        return try database.all(
            "SELECT id FROM \(jobs) state IN (\(words)) AND id > ? ORDER BY id LIMIT ?",
            id?.rawValue ?? "",
            limit
        ) { JobID($0.text(0)) }
    }

    package func overdueJobs(at time: Int64, limit: Int) throws -> [JobRecord] {
        try database.all(
            """
            SELECT \(columns) FROM jobs
            WHERE state IN ('pending', 'scheduled', 'waiting_approval') AND deadline_ms IS NOT NULL AND deadline_ms <= ?1
            UNION ALL
            SELECT \(columns) FROM jobs
            WHERE state = 'running' AND stop_reason IS NULL AND run_until_ms IS NOT NULL AND run_until_ms <= ?1
            UNION ALL
            SELECT \(columns) FROM jobs
            WHERE state = 'running' AND stop_reason IS NULL AND no_progress_ms IS NOT NULL
                AND updated_ms + no_progress_ms <= ?1
            LIMIT ?2
            """,
            time,
            limit,
            row: JobRecord.init(row:)
        )
    }

    package func openJobCounts(
        of tenant: TenantID,
        at time: Int64
    ) throws -> (ready: Int, delayed: Int, running: Int) {
        let counts = try database.first(countOpenJobsOfTenant, tenant, time) {
            (Int($0.integer(0)), Int($0.integer(1)), Int($0.integer(2)))
        }
        return counts ?? (0, 0, 0)
    }

    package func oldestOpenJob(in state: JobState) throws -> Int64? {
        // Ids are time-ordered, so the index jobs_open has the oldest first.
        try database.first(
            "SELECT submitted_ms FROM \(openJobs) state = ? ORDER BY id LIMIT 1",
            state.rawValue
        ) { $0.integer(0) }
    }

    package func countOpenJobs(in state: JobState) throws -> Int {
        try database.first("SELECT count(*) FROM \(openJobs) state = ?", state.rawValue) { Int($0.integer(0)) } ?? 0
    }

    package func submission(tenant: TenantID, idempotencyKey: String) throws -> (job: JobID, fingerprint: [UInt8])? {
        try database.first(
            "SELECT job, fingerprint FROM submissions WHERE tenant = ? AND idempotency_key = ?",
            tenant,
            idempotencyKey
        ) { (JobID($0.text(0)), $0.blob(1)) }
    }
}

extension SQLiteWriting {
    package func insert(_ job: JobRecord) throws {
        try database.run(insertJob) { values in
            values.add(job.id)
            values.add(job.tenant)
            values.add(job.principal)
            values.add(job.name)
            values.add(job.scenario.text)
            values.add(job.needs.sorted().joined(separator: " "))
            values.add(job.priority)
            values.add(job.maxRetries)
            values.add(job.timeout)
            values.add(job.deadline)
            job.addStanding(to: &values)
            values.add(job.submitted)
            job.addCourse(to: &values)
            values.add(job.intent)
            values.add(job.uniqueKey)
            values.add(job.noProgress)
            values.add(job.origin?.request)
            values.add(job.origin?.trace)
            values.add(job.webhook)
        }
        let change = recent.beginChange(of: job.id)
        afterCommit { [recent] in recent.settle(job, change) }
    }

    package func update(_ job: JobRecord, from old: JobRecord) throws {
        let count = try database.run(updateJob) { values in
            job.addStanding(to: &values)
            job.addCourse(to: &values)
            values.add(old.id)
            values.add(old.state.rawValue)
            values.add(old.epoch)
            values.add(old.worker)
        }
        let change = changed.note(old.id)
        guard count == 1 else { throw StorageError(.conflict, "Job \(job.id) changed meanwhile") }
        afterCommit { [recent] in recent.settle(job, change) }
    }

    package func noteProgress(of job: JobID, at time: Int64) throws {
        try database.run("UPDATE jobs SET updated_ms = ? WHERE id = ? AND state = 'running'", time, job)
        changed.note(job)
    }

    package func deleteJob(_ id: JobID, at time: Int64) throws {
        try database.run(
            "INSERT OR IGNORE INTO unused_files (sha256, since_ms) SELECT sha256, ? FROM artifacts WHERE job = ?",
            time,
            id
        )
        try database.withFreedPagesZeroed {
            for table in ["artifacts", "tasks", "events", "messages", "conversations", "webhooks"] {
                try database.run("DELETE FROM \(table) WHERE job = ?", id)
            }
            try database.run("DELETE FROM jobs WHERE id = ?", id)
        }
        changed.note(id)
    }

    package func insertSubmission(
        tenant: TenantID,
        idempotencyKey: String,
        fingerprint: [UInt8],
        job: JobID,
        at time: Int64
    ) throws {
        try database.run(
            "INSERT INTO submissions (tenant, idempotency_key, fingerprint, job, created_ms) VALUES (?, ?, ?, ?, ?)",
            tenant,
            idempotencyKey,
            fingerprint,
            job,
            time
        )
    }
}

extension JobRecord {
    /// Where it stands: the columns from `state` to `run_until_ms`.
    fileprivate func addStanding(to values: inout SQLiteValues) {
        values.add(state.rawValue)
        values.add(reason?.rawValue)
        values.add(message)
        values.add(failedStep)
        values.add(stopReason?.rawValue)
        values.add(epoch)
        values.add(worker)
        values.add(attempts)
        values.add(deliveries)
        values.add(losses)
        values.add(notBefore)
        values.add(runUntil)
    }

    /// How it went: the columns from `started_ms` to `run`.
    fileprivate func addCourse(to values: inout SQLiteValues) {
        values.add(started)
        values.add(ended)
        values.add(updated)
        values.add(outputs?.text())
        values.add(lastSequence)
        values.add(interruptions)
        values.add(run)
    }

    fileprivate init(row: SQLiteRow) throws {
        self.init(
            id: JobID(row.text(0)),
            tenant: TenantID(row.text(1)),
            principal: row.text(2),
            name: row.text(3),
            scenario: StoredJSON(stored: row.text(4)),
            submitted: row.integer(22)
        )
        needs = Set(row.text(5).split(separator: " ").map(String.init))
        priority = Int(row.integer(6))
        maxRetries = Int(row.integer(7))
        timeout = row.optionalInteger(8)
        deadline = row.optionalInteger(9)
        state = try row.word(10)
        reason = try row.optionalWord(11)
        message = row.optionalText(12)
        failedStep = row.optionalText(13).map { StepID($0) }
        stopReason = try row.optionalWord(14)
        epoch = Epoch(row.integer(15))
        worker = row.optionalText(16).map { WorkerID($0) }
        attempts = Int(row.integer(17))
        deliveries = Int(row.integer(18))
        losses = Int(row.integer(19))
        notBefore = row.optionalInteger(20)
        runUntil = row.optionalInteger(21)
        started = row.optionalInteger(23)
        ended = row.optionalInteger(24)
        updated = row.integer(25)
        outputs = row.isNull(26) ? nil : try row.object(26)
        lastSequence = row.integer(27)
        interruptions = Int(row.integer(28))
        run = Int(row.integer(29))
        intent = row.optionalText(30)
        uniqueKey = row.optionalText(31)
        noProgress = row.optionalInteger(32)
        origin = row.optionalText(33).map { RequestOrigin(request: $0, trace: row.optionalText(34)) }
        webhook = row.optionalText(35)
    }
}
