package import JobModel

/// Reading the audit.
package protocol AuditReading {
    /// Records of a tenant with a sequence above `sequence`, in order.
    func audit(of tenant: TenantID, after sequence: Int64, limit: Int) throws -> [AuditRecord]
    /// The same, with what must be looked at beside the chain.
    func auditPage(of tenant: TenantID, after sequence: Int64, limit: Int) throws -> AuditPage
    /// The first record of a tenant whose key is gone, where neither an erasure of its job nor an expiry of that moment is on
    /// record.
    func unreadableRecord(of tenant: TenantID) throws -> Int64?
    /// Records about a job, in order.
    func audit(about job: JobID, limit: Int) throws -> [AuditRecord]
    /// Records that fit, in order.
    func audit(_ query: AuditQuery) throws -> [AuditRecord]
    /// The last record of each tenant.
    func auditHeads() throws -> [(tenant: TenantID, sequence: Int64, hash: [UInt8])]
    /// A tenant's holds, the oldest first.
    func auditHolds(of tenant: TenantID) throws -> [AuditHold]
    /// Whether a hold keeps what is on record of a job.
    func isHeld(_ job: JobID?, tenant: TenantID) throws -> Bool
}

/// Adding to the audit; what is there is never changed, but for what retention and erasure take out.
package protocol AuditWriting {
    /// Chains an entry to its tenant's records.
    func append(_ entry: AuditEntry) throws
    func save(_ hold: AuditHold) throws
    func deleteAuditHold(_ id: String) throws
    /// Destroys the keys of what is personal in a job's records.
    ///
    /// - Returns: how many records cannot be read in full any more.
    func destroyAuditKeys(of job: JobID, tenant: TenantID, at time: Int64) throws -> Int
    /// Destroys the keys of what is personal in records about no job, where one names a person by mail address.
    ///
    /// - Returns: how many records cannot be read in full any more.
    func destroyJoblessAuditKeys(naming person: String, tenant: TenantID, at time: Int64) throws -> Int
    /// Destroys keys made before `time`, but for those of held jobs.
    ///
    /// - Returns: their tenants, one for each key, at most `limit`.
    func destroyAuditKeys(madeBefore time: Int64, at now: Int64, limit: Int) throws -> [TenantID]
    /// Makes finding records by age quick; for stores in which that is done, because every record pays for it.
    func indexAuditByAge() throws
    /// Leaves place, time, class and hash of records of a class from before `time`, but for held ones, and says so in a record
    /// of `now`.
    ///
    /// - Returns: their sequences by tenant, at most `limit` in all.
    func pruneAudit(
        _ auditClass: AuditClass,
        before time: Int64,
        at now: Int64,
        limit: Int
    ) throws -> [TenantID: [Int64]]
}

/// Records as they are verified.
package struct AuditPage: Sendable {
    /// In order.
    package var records: [AuditRecord]
    /// The first of them that names somebody whom an erasure would not find there; nil also without the key of the audit.
    var unfindable: Int64?
}
