package import JobModel

/// Which dead letters: jobs that ended without doing what they were for, and not because somebody cancelled them.
package struct DeadLetterFilter: Hashable, Sendable {
    /// The states of dead letters.
    package static let states: Set<JobState> = [.failed, .dead]

    /// Some of them.
    package var states = Self.states
    /// Only for these reasons; empty for all.
    package var reasons: Set<ReasonCode> = []
    /// Only of this intent.
    package var intent: String?
    /// Only of this name.
    package var name: String?
    /// Only those that ended at least so long ago, milliseconds.
    package var olderThan: Int64?
    /// Only those that ended less long ago, milliseconds.
    package var newerThan: Int64?

    /// All.
    package init() {}
}

/// Which dead letters something is done with.
package enum DeadLetterSelection: Hashable, Sendable {
    /// These.
    case jobs([JobID])
    /// The newest that fit and that it can be done with, at most so many; 10,000 that are refused end it too.
    case filter(DeadLetterFilter, limit: Int)
}

/// What was done with dead letters, or would be.
package struct DeadLetterResult: Hashable, Sendable {
    /// Jobs it was done with.
    package var jobs: [JobID] = []
    /// Jobs it cannot be done with, and why.
    package var refused: [Refusal] = []
    /// Whether more fit than were looked at.
    package var hasMore = false

    /// A job left as it was.
    package struct Refusal: Hashable, Sendable {
        package var job: JobID
        /// Why, in the scheduler's words.
        package var error: SchedulerError
    }
}
