package import JSON
package import JobModel

/// Something worth proving later: who did what to which job, how it ended and why.
package struct AuditEntry: Hashable, Sendable {
    /// Whose chain.
    package var tenant: TenantID
    /// Milliseconds since 1970.
    package var timestamp: Int64
    /// Who did it: the id of an API key, `worker/<id>`, `agent/<name>`, `scheduler`.
    package var actor: String
    /// What was done: `job.submitted`, `job.done`, `step.intent`, …
    package var action: String
    /// To which job.
    package var job: JobID?
    /// The rest, redacted, without what names people: `result`, `reason`, `screenshot`, … Members that may hold a mail address are
    /// recorded among `personal`.
    package var detail: JSONObject
    /// What may name people: kept encrypted under a key of the job's, or not at all.
    package var personal: JSONObject

    /// An entry.
    package init(
        tenant: TenantID,
        timestamp: Int64,
        actor: String,
        action: String,
        job: JobID?,
        detail: JSONObject = [:],
        personal: JSONObject = [:]
    ) {
        self.tenant = tenant
        self.timestamp = timestamp
        self.actor = actor
        self.action = action
        self.job = job
        self.detail = detail
        self.personal = personal
    }

    /// The entry with members of the detail that may hold a mail address among what is personal: the detail is kept for good, and
    /// names, notes and ids are as people wrote them.
    func sealingAddresses() -> AuditEntry {
        let named = detail.filter { NamedAddresses.mayStand(in: .object([$0.key: $0.value])) }
        guard !named.isEmpty else { return self }
        var entry = self
        for (name, value) in named {
            entry.detail[name] = nil
            entry.personal[name] = value
        }
        return entry
    }
}

/// How long entries are kept is said by class.
package enum AuditClass: String, Sendable, CaseIterable {
    /// What jobs, workers and agents did.
    case operation
    /// What people did to the installation: keys, policies, schedules, agents, the audit itself.
    case administration

    private static let operations = [
        "job.", "step.", "message.", "session.", "artifact.", "dead_letters.", "schedule.left_out",
    ]
    private static let agentsTasks: Set = [
        "agent.sought", "agent.assigned", "agent.task_ended", "agent.agree", "agent.refuse",
    ]

    /// The class of an action.
    package init(action: String) {
        let isOperation =
            Self.operations.contains { action.utf8.starts(with: $0.utf8) } || Self.agentsTasks.contains(action)
        self = isOperation ? .operation : .administration
    }
}

/// An entry in its place in the chain.
package struct AuditRecord: Hashable, Sendable {
    /// From 1 per tenant, without holes.
    package var sequence: Int64
    /// Version of the canonical form the hash is over; `AuditChain.pruned` when only place and hash are left.
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
    /// How long it is kept; empty in records of version 1.
    package var auditClass: String
    /// The key of what is personal in it; nil when nothing is.
    package var key: String?
    /// What is personal in it, encrypted.
    package var sealed: [UInt8]?
    /// What is personal in it, where its key still exists.
    package var personal: JSONObject?

    /// A record without anything personal.
    package init(
        sequence: Int64,
        version: Int,
        timestamp: Int64,
        tenant: TenantID,
        actor: String,
        action: String,
        job: JobID?,
        detail: String,
        hash: [UInt8],
        auditClass: String
    ) {
        self.sequence = sequence
        self.version = version
        self.timestamp = timestamp
        self.tenant = tenant
        self.actor = actor
        self.action = action
        self.job = job
        self.detail = detail
        self.hash = hash
        self.auditClass = auditClass
    }
}
