/// A part of the API that a key can be narrowed to; a key without scopes has all that its role may do.
package enum Scope: String, Sendable, Hashable, CaseIterable, Comparable {
    /// Jobs, their events and files, dead letters, schedules, the queue: to look at.
    case jobsRead = "jobs:read"
    /// Submitting, cancelling, retrying; files for jobs; schedules.
    case jobsWrite = "jobs:write"
    /// Saying what happened, or may happen.
    case decisions
    /// What workers say and send.
    case work
    /// What agents say and fetch.
    case agent
    /// Driving a browser step by step.
    case sessions
    /// Who did what.
    case auditRead = "audit:read"
    /// Pauses, shares and limits.
    case queue
    /// Making and ending keys.
    case keys
    /// Metrics and backups.
    case system

    package static func < (lhs: Scope, rhs: Scope) -> Bool { lhs.rawValue < rhs.rawValue }
}
