import HTTPServer
import JSON
import JobModel
import JobScheduler
import Security
import Storage

/// What workers, agents and clients say.
enum MessageRoutes {
    static let all: [APIRoute] = [
        APIRoute(
            "POST",
            "/lam/message",
            "Takes a LAM message; the answer comes after its commit",
            .needs(.operator, .work),
            input: .json(.ref("LAMMessage")),
            answers: [.json(.members, "It is processed; docs/lam.md tells what each type is answered")],
            problems: [404, 409, 422, 507],
            body: receive
        ),
        APIRoute(
            "GET",
            "/jobs/{id}/messages",
            "The LAM messages about a job, in order",
            .needs(.viewer, .jobsRead),
            parameters: [.after, .limit(1000, default: 200)],
            answers: [
                .json(
                    .object(["messages": .array(.ref("StoredMessage")), "next_after": .count, "has_more": .bool]),
                    "A page of messages"
                )
            ],
            body: messages
        ),
    ]

    /// What messages look like.
    static let schemas: [(name: String, schema: APISchema)] = [
        (
            "LAMMessage",
            .open([
                "id": .text(1...200), "ts": .time, "type": .choice(LAMMessage.MessageType.allCases.map(\.rawValue)),
                "sender": .text, "to": .array(.text), "intent?": .text, "task?": .text, "epoch?": .count,
                "replyBy?": .time, "payload?": .members, "context?": .members, "correlation?": .members,
            ]).described("A message of docs/lam.md; members nobody knows are kept")
        ),
        (
            "StoredMessage",
            .object([
                "number": .count, "direction": .choice(["in", "out"]), "at": .time, "type": .text, "sender": .text,
                "message?": .members,
            ])
        ),
    ]

    private static func receive(_ call: APICall) async throws -> HTTPResponse {
        try call.checkType(["application/json"])
        var message = try LAMMessage(parsing: try await call.body())
        if let tenant = message.context["tenant"]?.string, tenant != call.caller.tenant.rawValue {
            throw Problem(
                status: 403,
                code: "forbidden",
                detail: "This key speaks for the tenant '\(call.caller.tenant)', not for '\(tenant.prefix(60))'",
                reason: .policyDenied
            )
        }
        // The inbox compares it with the job's: a key of one tenant cannot speak about another's jobs.
        message.context["tenant"] = .string(call.caller.tenant.rawValue)
        if message.isWorkers { return call.answer(try await call.scheduler.receive(message)) }
        var submission: JobSubmission?
        if message.type == .request {
            try call.refuseWhileDraining()
            submission = try await RequestReader(message: message, intents: call.server.intents).submission()
        }
        return call.answer(try await call.scheduler.receive(message, from: call.caller, submission: submission))
    }

    private static func messages(_ call: APICall) async throws -> HTTPResponse {
        let after = try call.query("after", "a number from 0") { Int64($0).flatMap { $0 >= 0 ? $0 : nil } } ?? 0
        let limit = try call.query("limit", "a number from 1 to 1000") {
            Int($0).flatMap { (1...1000).contains($0) ? $0 : nil }
        }
        let size = limit ?? 200
        let messages = try await call.scheduler.messages(of: call.job, after: after, limit: size, for: call.caller)
        var json = try messages.wire(after: after)
        json["has_more"] = .bool(messages.count == size)
        return call.answer(json)
    }
}
