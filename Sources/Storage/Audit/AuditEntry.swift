package import JSON
package import JobModel

/// Something worth proving later: who did what to which job.
package struct AuditEntry: Hashable, Sendable {
    /// Whose chain.
    package var tenant: TenantID
    /// Milliseconds since 1970.
    package var timestamp: Int64
    /// Who did it: the id of an API key, `worker/<id>`, `scheduler`.
    package var actor: String
    /// What was done: `job.submitted`, `job.done`, `step.intent`, …
    package var action: String
    /// To which job.
    package var job: JobID?
    /// The rest, redacted.
    package var detail: JSONObject

    /// An entry.
    package init(
        tenant: TenantID,
        timestamp: Int64,
        actor: String,
        action: String,
        job: JobID?,
        detail: JSONObject = [:]
    ) {
        self.tenant = tenant
        self.timestamp = timestamp
        self.actor = actor
        self.action = action
        self.job = job
        self.detail = detail
    }
}

/// An entry in its place in the chain.
package struct AuditRecord: Hashable, Sendable {
    /// From 1 per tenant, without holes.
    package var sequence: Int64
    /// Version of the canonical form the hash is over.
    package var version: Int
    /// Who, what, when.
    package var timestamp: Int64
    package var tenant: TenantID
    package var actor: String
    package var action: String
    package var job: JobID?
    /// The detail's JSON exactly as it was hashed.
    package var detail: String
    /// Hash of this record, chained to the one before.
    package var hash: [UInt8]
}
