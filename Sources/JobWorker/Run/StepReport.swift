package import Executors
package import JobModel

/// What becomes known of a step while it runs; sent as `inform` with `kind: step`.
package struct StepReport: Sendable {
    /// Where a step stands, as on the wire.
    package enum Status: String, Sendable, Hashable {
        case running, retrying, done, failed, skipped
    }

    /// Step and iteration.
    package var place: JobPlan.JournalPlace
    /// Where it stands.
    package var status: Status
    /// What it does.
    package var action: Action
    /// Whether it changes the world, so that a failure says whether it may have acted.
    package var isEffect: Bool
    /// Tries so far.
    package var attempts: Int
    /// Milliseconds since 1970.
    package var started: Int64?
    /// Milliseconds since 1970.
    package var ended: Int64?
    /// From the first try to the end.
    package var duration: Duration?
    /// What it did.
    package var outcome: StepOutcome?
    /// Why it failed; in `retrying`, why the last try did.
    package var failure: StepFailure?
    /// Why it was skipped: `condition`, `dependency_failed`, `not_needed`.
    package var skipReason: String?
    /// What the scenario says to a failure: `continue`, or the fallback's id.
    package var onError: String?
    /// Hash of the `for_each` item.
    package var itemHash: String?

    init(place: JobPlan.JournalPlace, status: Status, action: Action, isEffect: Bool, attempts: Int) {
        self.place = place
        self.status = status
        self.action = action
        self.isEffect = isEffect
        self.attempts = attempts
    }
}
