package import JobModel
package import Security

/// Limits and intervals of the scheduler.
package struct SchedulerConfiguration: Sendable {
    /// How long workers hold a lease without a heartbeat; what the index lost is given up after it.
    package var lease: Duration = .seconds(20)
    /// How often expired leases and overdue jobs are looked for.
    package var sweepInterval: Duration = .milliseconds(500)
    /// How often the index is compared with the store.
    package var reconcileInterval: Duration = .seconds(20)
    /// When a job that ran and failed is tried again, unless its scenario says.
    package var retry = RetryPolicy.job
    /// Lost workers after which a job is dead.
    package var lossLimit = 3
    /// Outages that cut a job short after which it is dead: it may be what causes them.
    package var interruptionLimit = 10
    /// How long past its limit a running job may report before it is asked to stop.
    package var overdueGrace: Duration = .seconds(2)
    /// How long the answers to messages and idempotency keys are remembered.
    package var messageRetention: Duration = .seconds(7 * 86_400)
    /// How long what has ended is kept.
    package var retention = Retention()
    /// How long the audit is kept.
    package var auditRetention = AuditRetention()
    /// How often the heads of its chains are signed.
    package var checkpointInterval: Duration = .seconds(60)
    /// How often what was kept long enough is looked for.
    package var cleaningInterval: Duration = .seconds(60)
    /// What jobs may do; checked when they are submitted.
    package var policies = PolicySource()
    /// Size of one artifact at most, bytes.
    package var artifactLimit = 1 << 30
    /// Size of a scenario at most, bytes of JSON.
    package var scenarioLimit = 1 << 20
    /// Actions there can be a worker for; a scenario that asks for another is refused.
    package var offeredActions = Set(Action.allCases).subtracting([.openApp, .uia])
    /// Hosts, or `host:port`, that tasks may be sent to; agents elsewhere fetch theirs.
    package var agentEndpoints: Set<String> = []
    /// Time limits of what is agreed with agents.
    var contractNet = ContractNet.Limits()
    /// Watchers of progress at most.
    package var watcherLimit = 2_000
    /// Whether the index lives in this process: then no lease survives a start, and running jobs are given back at once.
    package var isIndexVolatile = false

    /// The defaults.
    package init() {}

    var lossLimits: JobChange.LossLimits { .init(losses: lossLimit, interruptions: interruptionLimit) }
    var presence: Presence { Presence(lease: lease.milliseconds, interval: sweepInterval.milliseconds) }
}
