import JSON
import JobModel
import SQLite

private let columns = "seq, version, ts_ms, tenant, actor, action, job, detail, hash"

extension SQLiteReading {
    package func audit(of tenant: TenantID, after sequence: Int64, limit: Int) throws -> [AuditRecord] {
        try database.all(
            "SELECT \(columns) FROM audit WHERE tenant = ? AND seq > ? ORDER BY seq LIMIT ?",
            tenant,
            sequence,
            limit,
            row: AuditRecord.init(row:)
        )
    }

    package func audit(about job: JobID, limit: Int) throws -> [AuditRecord] {
        try database.all(
            "SELECT \(columns) FROM audit WHERE job = ? ORDER BY seq LIMIT ?",
            job,
            limit,
            row: AuditRecord.init(row:)
        )
    }
}

extension SQLiteWriting {
    package func append(_ entry: AuditEntry) throws {
        let last = try database.first(
            "SELECT seq, hash FROM audit WHERE tenant = ? ORDER BY seq DESC LIMIT 1",
            entry.tenant
        ) { (sequence: $0.integer(0), hash: $0.blob(1)) }
        var record = AuditRecord(
            sequence: (last?.sequence ?? 0) + 1,
            version: AuditChain.version,
            timestamp: entry.timestamp,
            tenant: entry.tenant,
            actor: entry.actor,
            action: entry.action,
            job: entry.job,
            detail: entry.detail.text(),
            hash: []
        )
        record.hash = AuditChain.hash(record, after: last?.hash ?? AuditChain.root)
        try database.run(
            "INSERT INTO audit (\(columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            record.sequence,
            record.version,
            record.timestamp,
            record.tenant,
            record.actor,
            record.action,
            record.job,
            record.detail,
            record.hash
        )
    }
}

extension AuditRecord {
    fileprivate init(row: SQLiteRow) {
        self.init(
            sequence: row.integer(0),
            version: Int(row.integer(1)),
            timestamp: row.integer(2),
            tenant: TenantID(row.text(3)),
            actor: row.text(4),
            action: row.text(5),
            job: row.optionalText(6).map { JobID($0) },
            detail: row.text(7),
            hash: row.blob(8)
        )
    }
}
