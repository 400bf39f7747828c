/// What a heartbeat brings back for one lease.
package enum HeartbeatReply: Sendable, Hashable {
    /// Renewed.
    case held
    /// Renewed, but the job should stop.
    case cancel
    /// Someone else holds it, or nobody: stop at once, write nothing more.
    case lost
}
