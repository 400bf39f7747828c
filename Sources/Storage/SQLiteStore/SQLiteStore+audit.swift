import Cryptography
import JSON
import JobModel
import SQLite

private let columns = "seq, version, ts_ms, tenant, actor, action, job, detail, hash, class, key, sealed"
// Runs with nearly every write: put together once.
private let insertRecord = "INSERT INTO audit (\(columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

extension SQLiteReading {
    package func audit(of tenant: TenantID, after sequence: Int64, limit: Int) throws -> [AuditRecord] {
        try database.all(
            "SELECT \(columns) FROM audit WHERE tenant = ? AND seq > ? ORDER BY seq LIMIT ?",
            tenant,
            sequence,
            limit,
            row: AuditRecord.init(row:)
        ).map(opened)
    }

    package func audit(about job: JobID, limit: Int) throws -> [AuditRecord] {
        try database.all(
            "SELECT \(columns) FROM audit WHERE job = ? ORDER BY seq LIMIT ?",
            job,
            limit,
            row: AuditRecord.init(row:)
        ).map(opened)
    }

    package func audit(_ query: AuditQuery) throws -> [AuditRecord] {
        let isPrefix = query.action?.hasSuffix("*") ?? false
        return try database.all(
            """
            SELECT \(columns) FROM audit WHERE tenant = ?1 AND seq > ?2
                AND (?3 IS NULL OR ts_ms >= ?3) AND (?4 IS NULL OR ts_ms < ?4) AND (?5 IS NULL OR actor = ?5)
                AND (?6 IS NULL OR action = ?6) AND (?7 IS NULL OR substr(action, 1, length(?7)) = ?7)
                AND (?8 IS NULL OR job = ?8)
                AND (?9 IS NULL OR (version > 0 AND detail ->> '$.result' = ?9))
            ORDER BY seq LIMIT ?10
            """,
            query.tenant,
            query.after,
            query.since,
            query.until,
            query.actor,
            isPrefix ? nil : query.action,
            isPrefix ? query.action.map { String($0.dropLast()) } : nil,
            query.job,
            query.result,
            query.limit,
            row: AuditRecord.init(row:)
        ).map(opened)
    }

    package func auditHeads() throws -> [(tenant: TenantID, sequence: Int64, hash: [UInt8])] {
        let tenants = try database.all("SELECT DISTINCT tenant FROM audit") { $0.text(0) }
        return try tenants.compactMap { tenant in
            try lastRecord(of: TenantID(tenant)).map { (TenantID(tenant), $0.sequence, $0.hash) }
        }
    }

    /// Where a tenant's chain ends; nil when it has none.
    fileprivate func lastRecord(of tenant: TenantID) throws -> AuditHeads.Head? {
        try database.first("SELECT seq, hash FROM audit WHERE tenant = ? ORDER BY seq DESC LIMIT 1", tenant) {
            AuditHeads.Head(sequence: $0.integer(0), hash: $0.blob(1))
        }
    }

    package func auditHolds(of tenant: TenantID) throws -> [AuditHold] {
        try database.all(
            "SELECT id, job, reason, actor, since_ms FROM audit_holds WHERE tenant = ? ORDER BY since_ms, id",
            tenant
        ) { row in
            AuditHold(
                id: row.text(0),
                tenant: tenant,
                job: row.optionalText(1).map { JobID($0) },
                reason: row.text(2),
                actor: row.text(3),
                since: row.integer(4)
            )
        }
    }

    package func isHeld(_ job: JobID?, tenant: TenantID) throws -> Bool {
        try database.first(
            "SELECT 1 FROM audit_holds WHERE tenant = ?1 AND (job IS NULL OR job = ?2) LIMIT 1",
            tenant,
            job
        ) { _ in true } ?? false
    }

    package func auditPage(of tenant: TenantID, after sequence: Int64, limit: Int) throws -> AuditPage {
        let records = try audit(of: tenant, after: sequence, limit: limit)
        return AuditPage(records: records, unfindable: try unfindable(among: records))
    }

    /// The first record that names somebody whom the blind index does not lead to it.
    private func unfindable(among records: [AuditRecord]) throws -> Int64? {
        guard let vault else { return nil }
        return try records.first { record in
            guard let key = record.key, let personal = record.personal else { return false }
            return try NamedAddresses.words(in: .object(personal)).contains { address in
                try database.first(
                    "SELECT 1 FROM audit_subjects WHERE person = ? AND key = ?",
                    vault.index(address, record.tenant),
                    key
                ) { _ in true } == nil
            }
        }?.sequence
    }

    package func unreadableRecord(of tenant: TenantID) throws -> Int64? {
        // A destroyed key leaves its row, with when it was; one whose row is gone nobody destroyed in order.
        try database.first(
            """
            SELECT seq FROM audit WHERE tenant = ?1 AND key IS NOT NULL AND (
                key NOT IN (SELECT id FROM audit_keys)
                OR key IN (
                    SELECT id FROM audit_keys WHERE tenant = ?1 AND (destroyed_ms IS NOT NULL OR length(wrapped) = 0)
                        AND coalesce(destroyed_ms, -1) NOT IN (
                            SELECT ts_ms FROM audit WHERE tenant = ?1 AND action = 'audit.personal_expired')
                        AND (coalesce(destroyed_ms, -1), coalesce(job, '')) NOT IN (
                            SELECT ts_ms, coalesce(job, '') FROM audit WHERE tenant = ?1 AND action = 'audit.erased')))
            ORDER BY seq LIMIT 1
            """,
            tenant
        ) { $0.integer(0) }
    }

    /// The record with what is personal in it, where that can still be read.
    private func opened(_ record: AuditRecord) throws -> AuditRecord {
        guard let vault, let id = record.key, let sealed = record.sealed,
            let wrapped = try database.first("SELECT wrapped FROM audit_keys WHERE id = ?", id, row: { $0.blob(0) }),
            !wrapped.isEmpty
        else { return record }
        var record = record
        record.personal = try vault.open(sealed, key: wrapped, id, record.tenant)
        return record
    }
}

extension SQLiteWriting {
    package func append(_ entry: AuditEntry) throws {
        var entry = entry
        var detail = entry.detail.text()
        // Nearly every record has been looked at enough by this.
        if SpelledText.mayHide(in: detail) {
            entry = entry.sealingAddresses()
            detail = entry.detail.text()
        }
        let last =
            try heads.head(of: entry.tenant, in: database.stretch) ?? lastRecord(of: entry.tenant)
            ?? AuditHeads.Head(sequence: 0, hash: AuditChain.root)
        var record = AuditRecord(
            sequence: last.sequence + 1,
            version: AuditChain.version,
            timestamp: entry.timestamp,
            tenant: entry.tenant,
            actor: entry.actor,
            action: entry.action,
            job: entry.job,
            detail: detail,
            hash: [],
            auditClass: AuditClass(action: entry.action).rawValue
        )
        if !entry.personal.isEmpty, let vault { try seal(entry, into: &record, vault) }
        record.hash = AuditChain.hash(record, after: last.hash)
        try database.run(insertRecord) { values in
            values.add(record.sequence)
            values.add(record.version)
            values.add(record.timestamp)
            values.add(record.tenant)
            values.add(record.actor)
            values.add(record.action)
            values.add(record.job)
            values.add(record.detail)
            values.add(record.hash)
            values.add(record.auditClass)
            values.add(record.key)
            values.add(record.sealed)
        }
        heads.set(AuditHeads.Head(sequence: record.sequence, hash: record.hash), of: entry.tenant, in: database.stretch)
    }

    private func seal(_ entry: AuditEntry, into record: inout AuditRecord, _ vault: AuditVault) throws {
        let key: (id: String, wrapped: [UInt8])
        if let known = try entry.job.flatMap({ try knownKey(of: $0, entry.tenant) }) {
            key = known
        } else {
            let id = Hex.encode(RandomBytes.generate(12))
            key = (id, try vault.makeKey(id, entry.tenant))
            try database.run(
                "INSERT INTO audit_keys (id, tenant, job, wrapped, created_ms) VALUES (?, ?, ?, ?, ?)",
                id,
                entry.tenant,
                entry.job,
                key.wrapped,
                entry.timestamp
            )
        }
        record.key = key.id
        record.sealed = try vault.seal(entry.personal, key: key.wrapped, key.id, entry.tenant)
        for address in NamedAddresses.found(in: .object(entry.personal)) {
            try database.run(
                "INSERT OR IGNORE INTO audit_subjects (person, key) VALUES (?, ?)",
                vault.index(address, entry.tenant),
                key.id
            )
        }
    }

    /// A record about no job has a key of its own: with one for all of them, who is erased would take everybody's along.
    private func knownKey(of job: JobID, _ tenant: TenantID) throws -> (id: String, wrapped: [UInt8])? {
        try database.first(
            """
            SELECT id, wrapped FROM audit_keys WHERE tenant = ?1 AND job = ?2 AND destroyed_ms IS NULL
            ORDER BY created_ms DESC LIMIT 1
            """,
            tenant,
            job
        ) { (id: $0.text(0), wrapped: $0.blob(1)) }
    }

    package func save(_ hold: AuditHold) throws {
        try database.run(
            "INSERT INTO audit_holds (id, tenant, job, reason, actor, since_ms) VALUES (?, ?, ?, ?, ?, ?)",
            hold.id,
            hold.tenant,
            hold.job,
            hold.reason,
            hold.actor,
            hold.since
        )
    }

    package func deleteAuditHold(_ id: String) throws {
        try database.run("DELETE FROM audit_holds WHERE id = ?", id)
    }

    package func destroyAuditKeys(of job: JobID, tenant: TenantID, at time: Int64) throws -> Int {
        let keys = try database.all(
            "SELECT id FROM audit_keys WHERE job = ? AND tenant = ? AND destroyed_ms IS NULL",
            job,
            tenant
        ) { $0.text(0) }
        return try destroy(keys, at: time)
    }

    package func destroyJoblessAuditKeys(naming person: String, tenant: TenantID, at time: Int64) throws -> Int {
        guard let vault else { return 0 }
        let keys = try database.all(
            """
            SELECT audit_keys.id FROM audit_subjects JOIN audit_keys ON audit_keys.id = audit_subjects.key
            WHERE audit_subjects.person = ? AND audit_keys.tenant = ? AND audit_keys.job IS NULL AND destroyed_ms IS NULL
            """,
            vault.index(person, tenant),
            tenant
        ) { $0.text(0) }
        return try destroy(keys, at: time)
    }

    private func destroy(_ keys: [String], at time: Int64) throws -> Int {
        var records = 0
        for key in keys {
            records += try database.first("SELECT COUNT(*) FROM audit WHERE key = ?", key) { Int($0.integer(0)) } ?? 0
            try destroy(key, at: time)
        }
        return records
    }

    package func destroyAuditKeys(madeBefore time: Int64, at now: Int64, limit: Int) throws -> [TenantID] {
        let old = try database.all(
            """
            SELECT id, tenant FROM audit_keys WHERE destroyed_ms IS NULL AND created_ms < ?1 AND NOT EXISTS
                (SELECT 1 FROM audit_holds WHERE audit_holds.tenant = audit_keys.tenant
                    AND (audit_holds.job IS NULL OR audit_holds.job IS audit_keys.job))
            ORDER BY created_ms LIMIT ?2
            """,
            time,
            limit
        ) { (id: $0.text(0), tenant: TenantID($0.text(1))) }
        for key in old { try destroy(key.id, at: now) }
        return old.map(\.tenant)
    }

    /// Zeros in the key's place first: the page is written over, not only marked as free.
    private func destroy(_ key: String, at time: Int64) throws {
        try database.run("UPDATE audit_keys SET wrapped = zeroblob(length(wrapped)) WHERE id = ?", key)
        try database.run("UPDATE audit_keys SET wrapped = x'', destroyed_ms = ? WHERE id = ?", time, key)
        try database.run("DELETE FROM audit_subjects WHERE key = ?", key)
    }

    package func indexAuditByAge() throws {
        try database.run("CREATE INDEX IF NOT EXISTS audit_by_age ON audit (class, ts_ms) WHERE version > 0")
    }

    package func pruneAudit(
        _ auditClass: AuditClass,
        before time: Int64,
        at now: Int64,
        limit: Int
    ) throws -> [TenantID: [Int64]] {
        // What says that records were removed stays, and so does each chain's last record.
        let old = try database.all(
            """
            SELECT tenant, seq FROM audit WHERE version > 0 AND class = ?1 AND ts_ms < ?2 AND action NOT LIKE 'audit.%'
                AND seq < (SELECT MAX(seq) FROM audit AS a WHERE a.tenant = audit.tenant)
                AND NOT EXISTS (SELECT 1 FROM audit_holds WHERE audit_holds.tenant = audit.tenant
                    AND (audit_holds.job IS NULL OR audit_holds.job IS audit.job))
            ORDER BY tenant, seq LIMIT ?3
            """,
            auditClass.rawValue,
            time,
            limit
        ) { (tenant: TenantID($0.text(0)), sequence: $0.integer(1)) }
        var pruned: [TenantID: [Int64]] = [:]
        for row in old {
            try database.withFreedPagesZeroed {
                try database.run(
                    """
                    UPDATE audit SET version = 0, actor = '', action = '', job = NULL, detail = '', key = NULL, sealed = NULL
                    WHERE tenant = ? AND seq = ?
                    """,
                    row.tenant,
                    row.sequence
                )
            }
            pruned[row.tenant, default: []].append(row.sequence)
        }
        for (tenant, sequences) in pruned {
            try append(
                AuditEntry(
                    tenant: tenant,
                    timestamp: now,
                    actor: "retention",
                    action: PrunedRange.action,
                    job: nil,
                    detail: [
                        "class": .string(auditClass.rawValue), "before": .string(RFC3339.format(time)),
                        "records": JSONValue(sequences.count), "ranges": PrunedRange.json(of: sequences),
                    ]
                )
            )
        }
        return pruned
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
            hash: row.blob(8),
            auditClass: row.text(9)
        )
        key = row.optionalText(10)
        sealed = row.isNull(11) ? nil : row.blob(11)
    }
}
