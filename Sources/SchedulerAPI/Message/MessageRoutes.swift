import HTTPServer
import JSON
import JobModel
import JobScheduler
import Security
import Storage

/// What workers, agents and clients say.
enum MessageRoutes {
    /// Messages that can come at once.
    private static let limit = 100

    static let all: [APIRoute] = [
        APIRoute(
            "POST",
            "/lam/message",
            "Takes a LAM message; the answer comes after its commit",
            .needs(.operator, .work, or: [.agent, .jobsWrite]),
            input: .json(.ref("LAMMessage"), example: request),
            answers: [.json(.members, "It is processed; docs/lam.md tells what each type is answered")],
            problems: [404, 409, 422, 507],
            body: receive
        ),
        APIRoute(
            "POST",
            "/lam/messages",
            "Takes up to \(limit) LAM messages at once; the answer comes after their commits",
            .needs(.operator, .work, or: [.agent, .jobsWrite]),
            input: .json(
                .input(["messages": .array(.any.described("A LAMMessage; each is checked by itself"))]),
                example: ["messages": [question, request]]
            ),
            answers: [
                .json(.object(["results": .array(.ref("MessageResult"))]), "Each has its own answer, in their order")
            ],
            body: receiveAll
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

    private static let request: JSONValue = [
        "id": "desk-2", "ts": "2026-03-01T08:30:01Z", "type": "request", "sender": "agent://desk/me",
        "to": ["agent://scheduler"], "payload": ["scenario": JobRoutes.exampleScenario],
    ]

    private static let question: JSONValue = [
        "id": "desk-1", "ts": "2026-03-01T08:30:00Z", "type": "discover", "sender": "agent://desk/me", "to": [],
        "payload": ["capability": "calculator.add"],
    ]

    /// What messages look like.
    static let schemas: [(name: String, schema: APISchema)] = [
        (
            "LAMMessage",
            .open([
                "id": .text(1...LAMMessage.longestText), "ts": .time,
                "type": .choice(LAMMessage.MessageType.allCases.map(\.rawValue)), "sender": .address,
                "to": .set(.text(1...LAMMessage.longestText), upTo: LAMMessage.receiverLimit), "intent?": .text,
                "task?": .text, "epoch?": .count,
                "replyBy?": .time, "payload?": .members, "context?": .members, "correlation?": .members,
            ]).described("A message of docs/lam.md; members nobody knows are kept")
        ),
        (
            "MessageResult",
            .object([
                "index": .count, "status": .integer(200...599), "answer?": .members, "code?": .text, "detail?": .text,
                "reason?": .ref("ReasonCode"), "retry_after?": .count, "errors?": .array(.ref("ProblemDetail")),
                "nearest?": .array(.members),
            ]).described("What one message is answered, or why it was refused; pointers begin at the message")
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
        return call.answer(try await take(LAMMessage(parsing: try await call.body()), call))
    }

    private static func receiveAll(_ call: APICall) async throws -> HTTPResponse {
        let object = try await call.object()
        try object.refuseMembers(except: ["messages"])
        guard let values = object["messages"]?.array, (1...limit).contains(values.count) else {
            throw Problem.member("/messages", "must be an array of 1 to \(limit) messages")
        }
        // All at once, as if each had come by itself: those that wait for a commit share it.
        let results = await withTaskGroup(of: (Int, JSONObject).self) { group in
            for (index, value) in values.enumerated() {
                group.addTask { (index, await result(of: value, at: index, call)) }
            }
            var results = Array(repeating: JSONValue.null, count: values.count)
            for await (index, result) in group { results[index] = .object(result) }
            return results
        }
        return call.answer(["results": .array(results)])
    }

    private static func result(of value: JSONValue, at index: Int, _ call: APICall) async -> JSONObject {
        do {
            guard let message = value.object else {
                throw InvalidInput(
                    problems: [.init(pointer: "", message: "a message is an object, this is \(value.typeName)")]
                )
            }
            let answer = try await take(LAMMessage(json: message), call)
            return ["index": JSONValue(index), "status": 200, "answer": .object(answer)]
        } catch {
            return call.server.problem(of: error, call.request, call.id).item(index)
        }
    }

    /// A worker's word is a worker's alone; a request makes a job, as `POST /jobs` does; everything else talks about the work.
    private static func checkScope(of message: LAMMessage, _ caller: Principal) throws {
        let refusal =
            switch message.type {
            case _ where message.isWorkers: caller.refusal(role: .operator, scope: .work)
            case .request: caller.refusal(role: .operator, scope: .jobsWrite)
            default: caller.refusal(role: .operator, scope: .agent, or: [.work])
            }
        guard let refusal else { return }
        let detail = "\(refusal): it cannot send a message of the type '\(message.type.rawValue)'"
        throw Problem(status: 403, code: "forbidden", detail: detail)
    }

    private static func take(_ message: LAMMessage, _ call: APICall) async throws -> JSONObject {
        try checkScope(of: message, call.caller)
        var message = message
        let tenant = message.context["tenant"]?.string.map { TenantID($0) } ?? call.caller.tenant
        guard tenant == call.caller.tenant || message.isWorkers && call.caller.reach == .all else {
            throw Problem(
                status: 403,
                code: "forbidden",
                detail: "This key speaks for the tenant '\(call.caller.tenant)', not for "
                    + "'\(tenant.rawValue.prefix(60))'; a worker of all tenants has a key that an admin of '\(TenantID.default)' made with the scope 'work'",
                reason: .policyDenied
            )
        }
        // The inbox compares it with the job's: a key of one tenant cannot speak about another's jobs.
        message.context["tenant"] = .string(tenant.rawValue)
        if message.isWorkers { return try await call.scheduler.receive(message) }
        var submission: JobSubmission?
        if message.type == .request {
            try call.refuseWhileDraining()
            submission = try await RequestReader(message: message, intents: call.server.intents).submission()
        }
        return try await call.scheduler.receive(message, from: call.caller, submission: submission)
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
