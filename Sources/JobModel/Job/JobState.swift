/// The states of a job (docs/reliability.md draws the diagram).
package enum JobState: String, Sendable, Hashable, CaseIterable {
    /// Accepted, waiting for a worker.
    case pending
    /// Waits for a time, a delayed start or back-off; a worker may agree to it once that has come.
    case scheduled
    /// A worker holds the lease.
    case running
    /// Waits for a human to approve.
    case waitingApproval = "waiting_approval"
    /// A human must say what happened to a step in doubt, or how to go on without a page: resolved by done, redo or fail.
    case needsReview = "needs_review"
    /// Finished as wanted. Terminal.
    case done
    /// Finished with a reason code. Terminal; only an explicit retry leaves it.
    case failed
    /// Stopped on request. Terminal; only an explicit retry leaves it.
    case cancelled
    /// Given up after too many losses. Terminal; only an explicit retry leaves it.
    case dead

    /// Whether nothing happens any more without an explicit request.
    package var isTerminal: Bool {
        switch self {
        case .done, .failed, .cancelled, .dead: true
        case .pending, .scheduled, .running, .waitingApproval, .needsReview: false
        }
    }

    /// The states that may follow this one; everything else is a bug, not a case.
    package var successors: Set<JobState> {
        switch self {
        case .pending: [.running, .failed, .cancelled]
        case .scheduled: [.running, .failed, .cancelled]
        case .running: [.pending, .scheduled, .waitingApproval, .needsReview, .done, .failed, .cancelled, .dead]
        case .waitingApproval: [.pending, .failed, .cancelled]
        case .needsReview: [.pending, .done, .failed, .cancelled]
        // Only by an explicit retry; scheduled when the time the submission names is still to come.
        case .done, .failed, .cancelled, .dead: [.pending, .scheduled]
        }
    }
}
