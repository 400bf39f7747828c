import HTTPServer
import JSON
import JobModel
import JobScheduler
import Security
import Storage

/// Jobs that failed for good: look, run again, remove.
enum DeadLetterRoutes {
    static let all: [APIRoute] = [
        APIRoute(
            "GET",
            "/dead-letters",
            "Lists jobs that failed for good, newest first",
            .needs(.viewer, .jobsRead),
            parameters: filter.map { APIParameter.query($0.name, $0.schema, $0.summary) } + [
                .limit(200, default: 50), .cursor,
            ],
            answers: [.json(.object(["jobs": .array(.ref("Job")), "next_cursor": .text.orNull]), "A page of jobs")],
            body: list
        ),
        APIRoute(
            "POST",
            "/dead-letters/requeue",
            "Runs them again",
            .needs(.operator, .jobsWrite),
            input: .json(
                order.with(optional: "fresh", .bool.described("Forgets what they did")),
                example: ["filter": ["reason": ["timeout", "no_progress"], "newer_than": "1d"], "dry_run": true]
            ),
            answers: [.json(answer("requeued"), "What was done, or would be")],
            body: requeue
        ),
        APIRoute(
            "POST",
            "/dead-letters/purge",
            "Removes them for good",
            .needs(.admin, .jobsWrite),
            input: .json(order, example: ["filter": ["older_than": "30d"], "limit": 500]),
            answers: [.json(answer("purged"), "What was done, or would be")],
            body: purge
        ),
    ]

    /// Parameters of a filter, in the query and in a body.
    static let filter: [(name: String, schema: APISchema, summary: String)] = [
        ("status", .text, "failed or dead, or both by comma"), ("reason", .text, "Reason codes, by comma"),
        ("intent", .text, "The scenario's intent"), ("name", .text, "The scenario's name"),
        ("older_than", .duration, "Ended longer ago than this"), ("newer_than", .duration, "Ended since then"),
    ]

    private static let order = APISchema.input([
        "jobs?": .array(.text),
        "filter?": .members.described("As in the list; {} means all"),
        "limit?": .integer(1...Scheduler.deadLetterLimit, default: 1000),
        "dry_run?": .bool.described("Only tells what would happen"),
    ])

    private static func answer(_ word: String) -> APISchema {
        APISchema.object([
            "dry_run": .bool, "jobs": .array(.text),
            "refused": .array(.object(["id": .text, "code": .text, "detail": .text])), "has_more": .bool,
        ]).with(word, .count)
    }

    private static func list(_ call: APICall) async throws -> HTTPResponse {
        let filter = try DeadLetterReader.filter(of: call.request.queryItems())
        let size =
            try call.query("limit", "a number from 1 to 200") { Int($0).flatMap { (1...200).contains($0) ? $0 : nil } }
            ?? 50
        let cursor = try call.query("cursor", "a cursor of an earlier answer", Cursor.job)
        let jobs = try await call.scheduler.deadLetters(filter, after: cursor, limit: size + 1, for: call.caller)
        let last = jobs.count > size ? jobs[size - 1].id : nil
        return call.answer([
            "jobs": .array(jobs.prefix(size).map { .object($0.summary) }),
            "next_cursor": last.map { .string(Cursor.text(of: $0)) } ?? .null,
        ])
    }

    private static func requeue(_ call: APICall) async throws -> HTTPResponse {
        let order = try DeadLetterReader(try await call.object(), takesFresh: true)
        let result = try await call.scheduler.requeue(
            order.selection,
            isFresh: order.isFresh,
            isDryRun: order.isDryRun,
            as: call.caller
        )
        return answer(result, "requeued", order, call)
    }

    private static func purge(_ call: APICall) async throws -> HTTPResponse {
        let order = try DeadLetterReader(try await call.object(), takesFresh: false)
        let result = try await call.scheduler.purge(order.selection, isDryRun: order.isDryRun, as: call.caller)
        return answer(result, "purged", order, call)
    }

    private static func answer(
        _ result: DeadLetterResult,
        _ word: String,
        _ order: DeadLetterReader,
        _ call: APICall
    ) -> HTTPResponse {
        let refused = result.refused.map { refusal -> JSONValue in
            [
                "id": .string(refusal.job.rawValue), "code": .string(refusal.error.code.rawValue),
                "detail": .string(refusal.error.message),
            ]
        }
        return call.answer([
            "dry_run": .bool(order.isDryRun), word: JSONValue(result.jobs.count),
            "jobs": .array(result.jobs.map { .string($0.rawValue) }), "refused": .array(refused),
            "has_more": .bool(result.hasMore),
        ])
    }
}
