package import JSON
package import JobModel

/// A task whose templates are resolved: what `execute` gets.
package struct Step: Sendable {
    /// Job, task and iteration; keys of the journal and of mails.
    package var key: JournalKey
    /// The task with `selector`, `text` and `fields` resolved.
    package var task: ToDo
    /// When it must be over.
    package var deadline: ContinuousClock.Instant
    /// Takes ticks of progress; may drop them.
    package var report: @Sendable (JSONObject) -> Void
    /// Says that the effect comes now, and returns when that is kept; for executors that announce the task's effect.
    ///
    /// Throws when it must not come: `StepFailure`, or `CancellationError`.
    package var willAct: @Sendable () async throws -> Void = {}

    /// A step.
    package init(
        key: JournalKey,
        task: ToDo,
        deadline: ContinuousClock.Instant,
        report: @escaping @Sendable (JSONObject) -> Void = { _ in }
    ) {
        self.key = key
        self.task = task
        self.deadline = deadline
        self.report = report
    }
}
