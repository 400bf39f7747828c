/// What a heartbeat brings back for one lease.
package enum HeartbeatReply: Sendable, Hashable {
    /// Renewed.
    case held
    /// Renewed, but the job should stop.
    case cancel
    /// Renewed, but the job should begin no further step until a reply says `held`.
    case pause
    /// Renewed, but the job should go back.
    case drain
    /// Someone else holds it, or nobody: stop at once, write nothing more.
    case lost
}
