import Executors
import JobModel

extension JobPlan {
    /// The plan of a scenario on this worker.
    ///
    /// - Throws: `StepFailure` with `no_capable_worker` when an action is offered by nobody here.
    init(
        _ assignment: Assignment,
        scenario: Scenario,
        registry: ExecutorRegistry,
        parallelSteps: Int,
        at moment: Moment
    ) throws(StepFailure) {
        var entries: [Entry] = []
        for (task, dependencies) in zip(scenario.tasks, scenario.graph.dependencies) {
            let executor = try registry.executor(for: task)
            entries.append(Entry(task: task, dependencies: dependencies, effectClass: executor.effectClass(of: task)))
        }
        self.init(
            job: assignment.job,
            entries: entries,
            journal: assignment.journal,
            timeout: scenario.timeout,
            deadline: assignment.deadline.map { moment.instant + .milliseconds($0 - moment.wall) },
            parallelSteps: parallelSteps
        )
    }
}
