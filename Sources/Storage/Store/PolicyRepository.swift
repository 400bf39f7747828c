package import JobModel

/// Finding policies.
package protocol PolicyReading {
    /// What was said of the queue and of tenants, the queue first; those that say nothing are not kept.
    func policies() throws -> [PolicyRecord]
    /// What holds for a tenant, or for the queue.
    func policy(of tenant: TenantID?) throws -> PolicyRecord
}

/// Changing policies.
package protocol PolicyWriting {
    /// Keeps a policy, or forgets one that says nothing.
    func save(_ policy: PolicyRecord, at time: Int64) throws
}
