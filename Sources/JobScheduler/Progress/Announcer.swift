import JSON
import JobModel
import Telemetry

/// Tells everyone concerned what was committed: watchers, the relay, the log, the counters.
struct Announcer: Sendable {
    let progress: ProgressHub
    /// Raised when the dispatch index must hear of a job.
    let relay: Signal
    /// Raised when there is somebody to call.
    private let webhooks: Signal
    private let logger: Logger
    private let metrics: MetricRegistry
    private let started: Counter
    private let submitted: Counter

    init(progress: ProgressHub, relay: Signal, webhooks: Signal, logger: Logger, metrics: MetricRegistry) {
        self.progress = progress
        self.relay = relay
        self.webhooks = webhooks
        self.logger = logger
        self.metrics = metrics
        started = metrics.counter("cpa_jobs_started_total")
        submitted = metrics.counter("cpa_jobs_submitted_total")
    }

    /// Called after each commit, in commit order, on the store's thread.
    func announce(_ events: [JobEvent], feedsIndex: Bool, callsOut: Bool = false) {
        progress.publish(events)
        if feedsIndex { relay.raise() }
        if callsOut { webhooks.raise() }
        for event in events { note(event) }
    }

    /// A task that ended; one that begins or is tried again is no result.
    private func note(step data: JSONObject) {
        guard let action = data["action"]?.string, let status = data["status"]?.string,
            ["done", "failed", "skipped"].contains(status)
        else { return }
        metrics.counter("tasks_total", ["action_type": action, "status": status]).increment()
        guard let duration = data["duration_ms"]?.int64 else { return }
        metrics.histogram("task_duration_seconds", ["action_type": action]).record(.milliseconds(duration))
    }

    private func note(_ event: JobEvent) {
        let state = event.data["state"]?.string ?? ""
        switch event.kind {
        case .state where state == JobState.running.rawValue && event.data["stopping"] == nil:
            started.increment()
            logger.info("Job started", Self.metadata(of: event, ["worker": event.data["worker"]?.string ?? ""]))
        case .state where event.seq == 1:
            submitted.increment()
        case .end:
            metrics.counter("jobs_total", ["status": state]).increment()
            if let duration = event.data["duration_ms"]?.int64 {
                metrics.histogram("cpa_job_run_seconds").record(.milliseconds(duration))
            }
            let reason = event.data["reason"]?.string ?? ""
            logger.info("Job finished", Self.metadata(of: event, ["state": state, "reason": reason]))
        case .step: note(step: event.data)
        case .state, .progress, .artifact: break
        }
    }

    private static func metadata(of event: JobEvent, _ more: [String: String]) -> [String: String] {
        more.merging(["job": event.job.rawValue, "tenant": event.tenant.rawValue]) { own, _ in own }
    }
}
