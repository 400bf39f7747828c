import JobModel
import JobScheduler

extension JobRoutes {
    /// What jobs look like.
    static let schemas: [(name: String, schema: APISchema)] = [
        ("JobState", .choice(JobState.allCases.map(\.rawValue))),
        ("ReasonCode", .choice(ReasonCode.allCases.map(\.rawValue))),
        ("Job", summary),
        ("SubmittedJob", submitted),
        (
            "JobDetail",
            summary.with("scenario", .ref("Scenario")).with("tasks", .array(.ref("Step")))
                .with("artifacts", .array(.ref("Artifact")))
        ),
        (
            "Step",
            .open(["step_id": .text, "iteration": .count, "action": .text, "status": .text]).described(
                "A step and what it came to; what else is there depends on the action"
            )
        ),
        ("Artifact", .object(["name": .text, "bytes": .count, "sha256": .sha256, "content_type": .text])),
        (
            "Event",
            .object([
                "v": .integer(1...1), "type": .text, "seq?": .count, "job_id": .text, "epoch": .count, "ts": .time,
                "step_id?": .text, "data": .members,
            ])
        ),
        (
            "Scenario",
            .open(["tasks": .array(.members)]).described("What is to be done; docs/scenarios.md tells all of it")
        ),
        (
            "Submission",
            .input([
                "scenario": .ref("Scenario"), "variables?": .members.orNull, "files?": .members.orNull,
                "not_before?": .time.orNull, "idempotency_key?": .text(1...200).orNull,
                "unique_key?": .text(1...200).orNull,
                "webhook?": APISchema.text(1...2000).orNull.described("Called when it has ended: https://…"),
                "on_conflict?": .choice(UniqueKey.Conflict.allCases.map(\.rawValue)).orNull,
            ]).described("A scenario with what goes beside it")
        ),
        (
            "BulkAnswer",
            .object([
                "accepted": .count, "refused": .count,
                "results": .array(
                    .object([
                        "index": .count, "status": .integer(200...599), "id?": .text, "state?": .ref("JobState"),
                        "href?": .text, "code?": .text, "detail?": .text, "reason?": .ref("ReasonCode"),
                        "retry_after?": .count, "errors?": .array(.ref("ProblemDetail")),
                    ])
                ),
            ])
        ),
    ]

    /// A job with links.
    static let submitted = summary.with("links", .object(["self": .text, "events": .text, "watch": .text]))

    private static let summary = APISchema.object([
        "id": .text, "tenant": .text, "name": .text, "state": .ref("JobState"), "reason?": .ref("ReasonCode"),
        "message?": .text, "failed_step?": .text, "stopping?": .ref("ReasonCode"), "intent?": .text,
        "unique_key?": .text, "request_id?": .text, "traceparent?": .text, "webhook?": .text,
        "priority": .integer(-100...100),
        "attempts": .count, "max_retries": .count,
        "deliveries": .count, "losses": .count, "interruptions": .count, "epoch": .count, "worker?": .text,
        "submitted_at": .time, "not_before?": .time, "deadline?": .time, "started_at?": .time, "ended_at?": .time,
        "updated_at": .time, "duration_ms?": .count, "outputs?": .members, "last_seq": .count,
    ])
}
