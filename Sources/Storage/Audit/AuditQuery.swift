package import JobModel

/// Which audit records to list, in order.
package struct AuditQuery: Hashable, Sendable {
    package var tenant: TenantID
    /// Only with a higher sequence.
    package var after: Int64
    /// Milliseconds since 1970, itself included.
    package var since: Int64?
    /// Milliseconds since 1970, itself not included.
    package var until: Int64?
    package var actor: String?
    /// An action, or `job.*` for all that begin so.
    package var action: String?
    package var job: JobID?
    /// What the detail's `result` says.
    package var result: String?
    /// Records at most.
    package var limit: Int

    /// All of a tenant's.
    package init(tenant: TenantID, after: Int64 = 0, limit: Int = 200) {
        self.tenant = tenant
        self.after = after
        self.limit = limit
    }
}

/// Keeps records from being removed or made unreadable.
package struct AuditHold: Hashable, Sendable {
    /// Names it.
    package var id: String
    package var tenant: TenantID
    /// The job it is about; nil for all of the tenant.
    package var job: JobID?
    /// Why.
    package var reason: String
    /// Who said so.
    package var actor: String
    /// Milliseconds since 1970.
    package var since: Int64

    /// A hold.
    package init(id: String, tenant: TenantID, job: JobID?, reason: String, actor: String, since: Int64) {
        self.id = id
        self.tenant = tenant
        self.job = job
        self.reason = reason
        self.actor = actor
        self.since = since
    }
}
