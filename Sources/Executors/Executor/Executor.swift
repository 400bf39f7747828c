package import JobModel

/// A kind of work a worker can do: browser, mail, file.
///
/// docs/executors.md shows how to add one.
package protocol Executor: Sendable {
    /// Its name, as in the `executor` member of a task.
    var name: String { get }
    /// The actions it offers; a worker offers the union of its executors'.
    var actions: Set<Action> { get }
    /// What a crash may repeat of this task.
    func effectClass(of task: ToDo) -> EffectClass
    /// Whether it calls `step.willAct` before the effect of this task. What it does until then is preparation: it changes nothing
    /// for anybody, and after a crash the task is simply done again.
    func announces(_ task: ToDo) -> Bool
    /// Opens what one job needs (a browser context, nothing); opened lazily, before the job's first task of this executor.
    func openSession(for job: JobContext) async throws -> any ExecutorSession
}

extension Executor {
    /// No: the effect may come as soon as the task begins.
    package func announces(_ task: ToDo) -> Bool { false }
}

/// An executor at work for one job; used by one job only and closed at its end.
package protocol ExecutorSession: Sendable {
    /// Does a task.
    ///
    /// Cancelling the Swift task must end it within 2 s. The deadline is `step.deadline`.
    /// - Throws: `StepFailure`, or `CancellationError`.
    func execute(_ step: Step) async throws -> StepOutcome

    /// Finds out whether an effect in doubt happened: there is an intent of an earlier run, but no result.
    func verify(_ step: Step) async throws -> Verification

    /// The pages there are, for programs that drive a session; none for executors without pages.
    func pages() async -> [SessionPage]

    /// Files about the job as a whole, such as a trace: asked for once after its last step, before `close`; not when the job was
    /// lost to another worker. Best effort, within a few seconds.
    func finish(hasFailed: Bool) async -> [Artifact]

    /// Gives everything back; called exactly once, also after failures.
    func close() async
}

extension ExecutorSession {
    package func pages() async -> [SessionPage] { [] }
    /// Nothing is kept.
    package func finish(hasFailed: Bool) async -> [Artifact] { [] }
}
