import HTTPServer
import JSON
import JobModel
import JobScheduler
import Security
import Storage

/// Calls that tell others what became of jobs.
enum WebhookRoutes {
    static let all: [APIRoute] = [
        APIRoute(
            "GET",
            "/webhooks",
            "Lists webhook calls, the newest first",
            .needs(.operator, .jobsRead),
            parameters: [
                .query("state", .choice(WebhookRecord.State.allCases.map(\.rawValue)), "Only calls in this state"),
                .limit(200, default: 50),
            ],
            answers: [.json(.object(["webhooks": .array(.ref("Webhook"))]), "The calls of seven days")],
            body: list
        ),
        APIRoute(
            "POST",
            "/webhooks/{id}/replay",
            "Makes a call again that is over",
            .needs(.operator, .jobsWrite),
            answers: [.json(202, .ref("Webhook"), "It will be made")],
            problems: [409],
            body: replay
        ),
        APIRoute(
            "GET",
            "/webhooks/secret",
            "What the tenant's receivers check signatures with",
            .needs(.admin, .keys),
            answers: [
                .json(.object(["secret": .text.described("whsec_…, as Standard Webhooks 1.0 has it")]), "The secret")
            ],
            body: secret
        ),
    ]

    /// What calls look like.
    static let schemas: [(name: String, schema: APISchema)] = [
        (
            "Webhook",
            .object([
                "id": .text, "job_id": .text, "url": .text, "event": .text,
                "state": .choice(WebhookRecord.State.allCases.map(\.rawValue)), "attempts": .count,
                "created_at": .time, "tried_at": .time.orNull, "next_at": .time.orNull, "problem?": .text,
            ])
        )
    ]

    private static func list(_ call: APICall) async throws -> HTTPResponse {
        let words = WebhookRecord.State.allCases.map(\.rawValue).joined(separator: ", ")
        let state = try call.query("state", "one of \(words)", WebhookRecord.State.init(rawValue:))
        let limit = try call.query("limit", "a number from 1 to 200") {
            Int($0).flatMap { (1...200).contains($0) ? $0 : nil }
        }
        let webhooks = try await call.scheduler.webhooks(in: state, limit: limit ?? 50, for: call.caller)
        return call.answer(["webhooks": .array(webhooks.map { .object($0.wire) })])
    }

    private static func replay(_ call: APICall) async throws -> HTTPResponse {
        let webhook = try await call.scheduler.replayWebhook(call.parameters["id"], as: call.caller)
        return call.answer(webhook.wire, status: 202)
    }

    private static func secret(_ call: APICall) async throws -> HTTPResponse {
        guard let secret = call.scheduler.webhookSecret(of: call.caller.tenant) else {
            throw Problem(status: 503, code: "unavailable", detail: "This server makes no webhook calls")
        }
        // Whoever has it can speak as this server: it is not shown unless that is on record.
        try await call.scheduler.record("webhook.secret_shown", ["result": "done"], by: call.caller)
        return call.answer(["secret": .string(secret)])
    }
}

extension WebhookRecord {
    /// The call as clients see it.
    fileprivate var wire: JSONObject {
        var json: JSONObject = [
            "id": .string(id), "job_id": .string(job.rawValue), "url": .string(url), "event": .string(event),
            "state": .string(state.rawValue), "attempts": JSONValue(attempts),
            "created_at": .string(RFC3339.format(created)),
            "tried_at": tried.map { .string(RFC3339.format($0)) } ?? .null,
            "next_at": state == .pending ? .string(RFC3339.format(due)) : .null,
        ]
        json["problem"] = problem.map { .string($0) }
        return json
    }
}
