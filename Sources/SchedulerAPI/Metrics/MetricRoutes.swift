import HTTPServer
import JSON
import JobModel
import JobQueue
import JobScheduler
import Security
import Telemetry

/// Numbers for machines that watch this one.
enum MetricRoutes {
    static let all: [APIRoute] = [
        APIRoute(
            "GET",
            "/metrics",
            "Counters, gauges and histograms in the form of Prometheus",
            .needs(.viewer, .system),
            answers: [.other(PrometheusText.type, "The numbers")],
            body: metrics
        ),
        APIRoute(
            "GET",
            "/pressure",
            "How much waits, for whoever adds or takes away workers",
            .needs(.viewer, .system),
            answers: [
                .json(
                    .object([
                        "ready": .count, "delayed": .count, "running": .count, "oldest_ready_s": .number,
                        "unrelayed": .count, "requests": .count, "draining": .bool, "accepting": .bool,
                    ]),
                    "The numbers now"
                )
            ],
            body: pressure
        ),
    ]

    private static func metrics(_ call: APICall) async throws -> HTTPResponse {
        try call.keepToTheHouse("read its numbers")
        await call.server.measure()
        let text = PrometheusText.encode(call.server.metrics.snapshot, help: help)
        return .bytes(Array(text.utf8), type: PrometheusText.type)
    }

    private static func pressure(_ call: APICall) async throws -> HTTPResponse {
        try call.keepToTheHouse("read its numbers")
        let load = try await call.scheduler.load()
        return call.answer([
            "ready": JSONValue(load.depth?.ready ?? 0), "delayed": JSONValue(load.depth?.delayed ?? 0),
            "running": JSONValue(load.depth?.leased ?? 0),
            "oldest_ready_s": .number(Double(load.oldestWait ?? 0) / 1000), "unrelayed": JSONValue(load.unrelayed),
            "requests": JSONValue(call.server.requestsAtWork), "draining": .bool(call.server.isDraining),
            "accepting": .bool(!call.server.isDraining),
        ])
    }

    /// A line for people by name; docs/api.md has them too.
    static let help: [String: String] = [
        "jobs_total": "Jobs that ended, by status",
        "tasks_total": "Tasks that ended, by action and status",
        "task_duration_seconds": "Time a task took, by action",
        "job_queue_length": "Jobs in the dispatch index, by state",
        "cpa_jobs_submitted_total": "Jobs that were accepted",
        "cpa_jobs_started_total": "Times a job was given to a worker",
        "cpa_job_run_seconds": "Time from a job's first start to its end",
        "cpa_stale_messages_total": "Messages of workers whose lease was over: refused",
        "cpa_queue_oldest_ready_seconds": "How long the oldest job that could run has waited",
        "cpa_outbox_rows": "Jobs the dispatch index has not heard of yet, or a moment ago",
        "cpa_approvals_pending": "Jobs that wait for a human's leave",
        "cpa_reviews_pending": "Jobs of which a human must say what happened",
        "cpa_ws_clients": "Watchers connected",
        "cpa_http_requests_total": "Requests answered, by route and class of status",
        "cpa_http_request_duration_seconds": "Time a request took, by route",
        "cpa_http_unknown_requests_total": "Requests for something that is not served",
        "cpa_http_requests_active": "Requests being served",
        "cpa_jobs_total": "Jobs that ended in a worker of this process, by result",
        "cpa_job_duration_seconds": "Time an attempt took in a worker of this process",
        "cpa_steps_total": "Steps of workers of this process, by action and status",
        "cpa_build_info": "The program's version",
        "cpa_metrics_dropped_total": "Series that were not kept because there were too many",
        "cpa_webhooks_total": "Webhook calls, by outcome",
    ]
}
