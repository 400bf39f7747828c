package import Executors
package import JobModel
package import Security
package import Telemetry

/// What a worker works with; made once a process by whoever wires the rooms.
package struct WorkerServices: Sendable {
    /// The executors.
    package var registry: ExecutorRegistry
    /// The way to the scheduler.
    package var link: any SchedulerLink
    /// Where secrets come from.
    package var secrets: any SecretSource
    /// Time.
    package var clock: WorkerClock
    /// An existing directory for the files of jobs, each in a directory of its own.
    package var directory: String
    /// How much a job may keep there.
    package var limits: WorkspaceLimits
    /// Where log lines go.
    package var logSink: any LogSink
    /// What jobs may do; each step is checked before it runs.
    package var policies = PolicySource()
    /// Counts jobs and steps.
    package var metrics: MetricRegistry
    /// How long past its deadline a step may take; nil for a few seconds. Long where a person is asked in between.
    package var stepSlack: Duration?
    /// Makes message ids.
    package var newID: @Sendable () -> MessageID

    /// Services.
    package init(
        registry: ExecutorRegistry,
        link: any SchedulerLink,
        secrets: any SecretSource,
        clock: WorkerClock,
        directory: String,
        limits: WorkspaceLimits = WorkspaceLimits(),
        logSink: any LogSink,
        metrics: MetricRegistry = MetricRegistry(),
        newID: @escaping @Sendable () -> MessageID = WorkerServices.randomID
    ) {
        self.registry = registry
        self.link = link
        self.secrets = secrets
        self.clock = clock
        self.directory = directory
        self.limits = limits
        self.logSink = logSink
        self.metrics = metrics
        self.newID = newID
    }
}
