package import JSON
package import JobModel

/// How far one task (one round of it) of a job has come; its journal.
package struct TaskRecord: Hashable, Sendable {
    /// What a later attempt may rely on.
    package enum Journal: String, Sendable {
        /// It was about to change the world; without `done` after it nobody knows whether it did.
        case intent
        /// It happened; `result` is what it gave.
        case done
    }

    /// Job, task and round.
    package var key: JournalKey
    /// Whose it is.
    package var tenant: TenantID
    /// What it does.
    package var action: String
    /// Last word of the worker: `running`, `done`, `failed`, `skipped`, `retrying`.
    package var status: String
    /// What a later attempt may rely on; nil when it may run again.
    package var journal: Journal?
    /// The last report of the step.
    package var result: JSONObject
    /// The lease it was written under; of an intent, the lease under which it was about to act.
    package var epoch: Epoch
    /// Milliseconds since 1970.
    package var updated: Int64

    /// Whether nobody can say without looking that nothing happened; false for an intent that was only being prepared.
    package var isInDoubt: Bool { journal == .intent && result["phase"] != "preparing" }

    /// A row.
    package init(
        key: JournalKey,
        tenant: TenantID,
        action: String,
        status: String,
        journal: Journal?,
        result: JSONObject,
        epoch: Epoch,
        updated: Int64
    ) {
        self.key = key
        self.tenant = tenant
        self.action = action
        self.status = status
        self.journal = journal
        self.result = result
        self.epoch = epoch
        self.updated = updated
    }
}
