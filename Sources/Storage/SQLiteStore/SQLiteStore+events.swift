import JSON
import JobModel
import SQLite

extension SQLiteReading {
    package func events(of job: JobID, after sequence: Int64, limit: Int) throws -> [JobEvent] {
        try database.all(
            """
            SELECT seq, tenant, ts_ms, epoch, step, kind, data FROM events
            WHERE job = ? AND seq > ? ORDER BY seq LIMIT ?
            """,
            job,
            sequence,
            limit
        ) { row in
            JobEvent(
                seq: row.integer(0),
                job: job,
                tenant: TenantID(row.text(1)),
                timestamp: row.integer(2),
                epoch: Epoch(row.integer(3)),
                step: row.optionalText(4).map { StepID($0) },
                kind: try row.word(5),
                data: try row.object(6)
            )
        }
    }
}

extension SQLiteWriting {
    package func insert(_ event: JobEvent) throws {
        guard let sequence = event.seq else {
            preconditionFailure("Cannot store an event without seq: ticks of progress are not durable")
        }
        try database.run(
            "INSERT INTO events (job, seq, tenant, ts_ms, epoch, step, kind, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        ) { values in
            values.add(event.job)
            values.add(sequence)
            values.add(event.tenant)
            values.add(event.timestamp)
            values.add(event.epoch)
            values.add(event.step)
            values.add(event.kind.rawValue)
            values.add(event.data.text())
        }
    }
}
