import JSON
import JobModel
import Telemetry

/// Tells everyone concerned what was committed: watchers, the relay, the log, the counters.
struct Announcer: Sendable {
    let progress: ProgressHub
    /// Raised when the dispatch index must hear of a job.
    let relay: Signal
    private let logger: Logger
    private let metrics: MetricRegistry

    init(progress: ProgressHub, relay: Signal, logger: Logger, metrics: MetricRegistry) {
        self.progress = progress
        self.relay = relay
        self.logger = logger
        self.metrics = metrics
    }

    /// Called after each commit, in commit order, on the store's thread.
    func announce(_ events: [JobEvent], feedsIndex: Bool) {
        progress.publish(events)
        if feedsIndex { relay.raise() }
        for event in events { note(event) }
    }

    private func note(_ event: JobEvent) {
        let state = event.data["state"]?.string ?? ""
        let logger = logger.with("job", event.job.rawValue).with("tenant", event.tenant.rawValue)
        switch event.kind {
        case .state where state == JobState.running.rawValue && event.data["stopping"] == nil:
            metrics.counter("cpa_jobs_started_total").increment()
            logger.info("Job started", ["worker": event.data["worker"]?.string ?? ""])
        case .state where event.seq == 1:
            metrics.counter("cpa_jobs_submitted_total").increment()
        case .end:
            metrics.counter("cpa_jobs_ended_total", ["state": state]).increment()
            logger.info("Job finished", ["state": state, "reason": event.data["reason"]?.string ?? ""])
        case .state, .step, .progress, .artifact:
            break
        }
    }
}
