import JSON
package import JobModel

/// Has tasks done by agents outside, through the scheduler: `delegate`, and the desktop actions no worker does itself.
package struct AgentExecutor: Executor {
    /// As in the `executor` member of a task.
    package let name = "agent"
    /// `delegate`, `open_app`, `uia`.
    package let actions: Set<Action> = [.delegate, .openApp, .uia]

    /// An agent executor; it has no settings.
    package init() {}

    /// What may be begun again is repeated freely, all else is journalled.
    package func effectClass(of task: ToDo) -> EffectClass { task.fields["idempotent"] == true ? .read : .effect }

    /// A session that asks the scheduler.
    package func openSession(for job: JobContext) -> any ExecutorSession { AgentSession(job: job) }
}
