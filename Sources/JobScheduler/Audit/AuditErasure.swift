package import JobModel

/// What an erasure comes to.
package struct AuditErasure: Sendable {
    /// Jobs whose data is gone, or would be.
    package var jobs: [JobID] = []
    /// Audit records that cannot be read in full any more.
    package var records = 0
    /// Jobs that were left as they are, and why.
    package var refused: [(job: JobID, why: String)] = []
    /// Files that are gone from the disk, or would be; those that others have too are not among them.
    package var files = 0
    /// Files sent in for jobs to come that are gone, or would be.
    package var uploads = 0
    /// Idempotency keys that are gone, or would be.
    package var idempotencyKeys = 0
    /// Messages about no job that are gone, or would be.
    package var messages = 0
    /// Messages about no job that a hold on everything keeps.
    package var heldMessages = 0
    /// Notes of pauses that are gone, or would be; the pauses stay.
    package var notes = 0
    /// Schedules that name the person: they stay, and so will their next jobs.
    package var schedules: [String] = []
    /// API keys named after the person that are good still.
    package var keys: [String] = []
    /// Agents that name the person.
    package var agents: [AgentID] = []
    /// Legal holds whose reasons name the person.
    package var holds: [String] = []
}
