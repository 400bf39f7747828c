package import JobModel

/// Reading the audit.
package protocol AuditReading {
    /// Records of a tenant with a sequence above `sequence`, in order.
    func audit(of tenant: TenantID, after sequence: Int64, limit: Int) throws -> [AuditRecord]
    /// Records about a job, in order.
    func audit(about job: JobID, limit: Int) throws -> [AuditRecord]
}

/// Adding to the audit.
package protocol AuditWriting {
    /// Chains an entry to its tenant's records.
    func append(_ entry: AuditEntry) throws
}
