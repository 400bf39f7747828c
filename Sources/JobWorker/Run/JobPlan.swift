package import Executors
package import JSON
package import JobModel

/// Everything a run of a job is decided by: its tasks, their order, and what earlier attempts did.
package struct JobPlan: Sendable {
    /// One task with what the graph and the executors say of it.
    package struct Entry: Sendable {
        /// As written; templates unresolved.
        package var task: ToDo
        /// Positions of the tasks that must have ended: explicit, by data reference, by page order.
        package var dependencies: Set<Int>
        /// What a crash may repeat; `once` makes any task an effect.
        package var effectClass: EffectClass

        /// An entry.
        package init(task: ToDo, dependencies: Set<Int>, effectClass: EffectClass) {
            self.task = task
            self.dependencies = dependencies
            self.effectClass = task.once ? .effect : effectClass
        }
    }

    /// What the journal holds of one step and iteration.
    package struct JournalRow: Sendable {
        /// Nil: the intent was recorded, the result was not.
        package var outcome: StepOutcome?
        /// Hash of the `for_each` item it was for, when it had one.
        package var itemHash: String?
        /// Whether the step may have acted: false while it only prepared what it would do.
        package var mayHaveActed: Bool
        /// Whether a secret was removed from the outputs, so that they cannot be used again.
        package var isRedacted: Bool

        /// A row.
        package init(
            outcome: StepOutcome?,
            itemHash: String? = nil,
            mayHaveActed: Bool = true,
            isRedacted: Bool = false
        ) {
            self.outcome = outcome
            self.itemHash = itemHash
            self.mayHaveActed = mayHaveActed
            self.isRedacted = isRedacted
        }
    }

    /// Step and iteration.
    package struct JournalPlace: Hashable, Sendable {
        package var step: StepID
        package var iteration: Int

        /// A place.
        package init(_ step: StepID, _ iteration: Int = 0) {
            self.step = step
            self.iteration = iteration
        }
    }

    /// The job.
    package var job: JobID
    /// Its tasks in the listed order.
    package var entries: [Entry]
    /// Rows of earlier attempts.
    package var journal: [JournalPlace: JournalRow]
    /// Limit for this run, from its start.
    package var timeout: Duration?
    /// When the job must be over, on this machine's clock.
    package var deadline: ContinuousClock.Instant?
    /// Steps at work at once, over all branches.
    package var parallelSteps: Int

    /// A plan.
    package init(
        job: JobID,
        entries: [Entry],
        journal: [JournalPlace: JournalRow] = [:],
        timeout: Duration? = nil,
        deadline: ContinuousClock.Instant? = nil,
        parallelSteps: Int = 8
    ) {
        self.job = job
        self.entries = entries
        self.journal = journal
        self.timeout = timeout
        self.deadline = deadline
        self.parallelSteps = parallelSteps
    }
}

/// What templates can name while a job runs.
package struct RunScope: Sendable {
    /// Outputs of the tasks that ended, by id, with `status` beside them: `done`, `failed`, `skipped`.
    package var tasks: [StepID: JSONObject]
    /// The item of a `for_each` and its position.
    package var item: (value: JSONValue, index: Int)?

    /// A scope.
    package init(tasks: [StepID: JSONObject] = [:], item: (value: JSONValue, index: Int)? = nil) {
        self.tasks = tasks
        self.item = item
    }
}

/// Fills templates in; the run asks just before a task starts.
package protocol StepResolver: Sendable {
    /// The task with `selector`, `text` and `fields` filled in.
    func task(_ task: ToDo, in scope: RunScope) throws(StepFailure) -> ToDo
    /// Whether `when` lets the task run.
    func isTrue(_ condition: JSONValue, in scope: RunScope) throws(StepFailure) -> Bool
    /// The value of one template: `for_each`, `resume_at`.
    func value(_ template: JSONValue, in scope: RunScope) throws(StepFailure) -> JSONValue
    /// The job's `outputs`.
    func outputs(in scope: RunScope) throws(StepFailure) -> JSONObject
}
