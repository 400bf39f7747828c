import HTTPServer
import JSON
import JobModel
import JobScheduler
import Security
import Storage
import Telemetry

/// Agents outside: who they are, that they live, what waits for them.
enum AgentRoutes {
    static let all: [APIRoute] = [
        APIRoute(
            "POST",
            "/agents",
            "Registers an agent; its key is shown this once",
            // An agent that is known says anew what it can do; a new one needs the right to make keys.
            .needs(.operator, .agent, or: [.keys]),
            input: .json(
                .ref("AgentOrder"),
                example: [
                    "name": "calculator", "capabilities": ["calculator.add"], "max_tasks": 2, "bids": true,
                    "stale_after": "30s", "version": "1.4.0",
                ]
            ),
            answers: [
                .json(201, APISchema.ref("RegisteredAgent"), "It is new", headers: ["Location"]),
                .json(.ref("KnownAgent"), "It was known", headers: ["Location"]),
            ],
            problems: [409],
            body: register
        ),
        APIRoute(
            "GET",
            "/agents",
            "Lists agents by name",
            .needs(.viewer, .jobsRead),
            answers: [.json(.object(["agents": .array(.ref("Agent"))]), "All of the tenant's")],
            body: list
        ),
        APIRoute(
            "GET",
            "/agents/{id}",
            "Shows an agent, by id or name",
            .needs(.viewer, .jobsRead),
            answers: [.json(.ref("Agent"), "The agent")],
            body: show
        ),
        APIRoute(
            "DELETE",
            "/agents/{id}",
            "Removes an agent and ends its key",
            .needs(.admin, .keys),
            answers: [.json(.object(["id": .text, "deleted": .bool]), "It is gone")],
            body: delete
        ),
        APIRoute(
            "POST",
            "/agents/{id}/heartbeat",
            "A sign of life of the agent itself",
            .needs(.operator, .agent),
            input: .json(.members, isRequired: false, example: [:]),
            answers: [.json(.object(["id": .text, "stale_after_ms": .count]), "It was heard")],
            body: heartbeat
        ),
        APIRoute(
            "GET",
            "/agents/{id}/messages",
            "What waits for the agent, for itself to fetch",
            .needs(.operator, .agent),
            parameters: [
                .query("after", .integer(0 ... .max), "Only what follows this number; without it, what goes on"),
                .limit(200, default: 50),
                .wait(until: "there is something"),
            ],
            answers: [
                .json(.object(["messages": .array(.ref("StoredMessage")), "next_after": .count]), "What waits")
            ],
            body: box
        ),
    ]

    /// What agents look like.
    static let schemas: [(name: String, schema: APISchema)] = [
        ("Agent", agent), ("RegisteredAgent", known.with("api_key", .text)), ("KnownAgent", known),
        (
            "AgentOrder",
            .input([
                "name": .text(1...64), "capabilities": .array(.text(1...64)), "endpoint?": .text.orNull,
                "max_tasks?": .integer(1...1_000), "bids?": .bool, "stale_after?": .any, "hostname?": .any,
                "os_info?": .any, "version?": .any, "info?": .any,
            ])
        ),
    ]

    private static let agent = APISchema.open([
        "id": .text, "name": .text, "address": .text, "status": .choice(["online", "offline"]),
        "capabilities": .array(.text), "endpoint?": .text, "last_error?": .text, "tasks": .count, "max_tasks": .count,
        "bids": .bool,
        "stale_after_ms": .count, "last_seen_at": .time, "registered_at": .time,
    ])

    private static let known = agent.with(
        optional: "signing_secret",
        .text.described("whsec_…, by which an agent with an endpoint knows that a task is ours")
    )

    private static let members: Set<String> = [
        "name", "capabilities", "endpoint", "max_tasks", "bids", "stale_after", "hostname", "os_info", "version",
        "info",
    ]

    private static func register(_ call: APICall) async throws -> HTTPResponse {
        let registration = try await registration(call)
        let order = KeyOrder(
            name: "agent/\(registration.name)",
            tenant: call.caller.tenant,
            role: .operator,
            scopes: [.agent]
        )
        let (key, record) = call.server.authority.prepareKey(order)
        let (agent, isNew) = try await call.scheduler.register(
            registration,
            key: record,
            refusal: call.caller.refusal(role: .admin, scope: .keys) ?? call.caller.refusal(ofKeyUntil: nil),
            as: call.caller
        )
        call.logger.info("An agent registered", ["agent": agent.name])
        var json = agent.wire(tasks: 0, error: nil)
        if isNew { json["api_key"] = .string(key.reveal()) }
        if agent.endpoint != nil {
            json["signing_secret"] = call.scheduler.signingSecret(of: agent.id).map { .string($0) }
        }
        let place = call.link("/agents/\(agent.id)")
        return call.answer(json, status: isNew ? 201 : 200, headers: ["Location": place])
    }

    private static func registration(_ call: APICall) async throws -> AgentRegistration {
        let body = try await call.object()
        try body.refuseMembers(except: members)
        guard let name = body["name"]?.string else { throw Problem.member("/name", "must be text") }
        guard let words = body["capabilities"]?.array, words.allSatisfy({ $0.string != nil }) else {
            throw Problem.member("/capabilities", "must be an array of texts")
        }
        var registration = AgentRegistration(name: name, capabilities: Set(words.compactMap(\.string)))
        if let value = body["endpoint"], !value.isNull {
            guard let endpoint = value.string else { throw Problem.member("/endpoint", "must be text") }
            registration.endpoint = endpoint.hasSuffix("/") ? String(endpoint.dropLast()) : endpoint
        }
        if let value = body["max_tasks"] {
            guard let count = value.int else { throw Problem.member("/max_tasks", "must be a whole number") }
            registration.maximumTasks = count
        }
        registration.bids = try body.flag("bids")
        if let value = body["stale_after"] {
            guard let patience = Duration(scenario: value) else {
                throw Problem.member("/stale_after", "must be a duration such as 30s, \(body.said("stale_after"))")
            }
            registration.patience = patience
        }
        for name in ["hostname", "os_info", "version", "info"] { registration.info[name] = body[name] }
        return registration
    }

    private static func list(_ call: APICall) async throws -> HTTPResponse {
        let agents = try await call.scheduler.agents(for: call.caller)
        let objects = agents.map { agent, tasks in
            JSONValue.object(agent.wire(tasks: tasks, error: call.scheduler.lastError(of: agent.id)))
        }
        return call.answer(["agents": .array(objects)])
    }

    private static func show(_ call: APICall) async throws -> HTTPResponse {
        let (agent, tasks) = try await call.scheduler.agent(call.parameters["id"], for: call.caller)
        return call.answer(agent.wire(tasks: tasks, error: call.scheduler.lastError(of: agent.id)))
    }

    private static func delete(_ call: APICall) async throws -> HTTPResponse {
        let (agent, _) = try await call.scheduler.agent(call.parameters["id"], for: call.caller)
        // Ended by the authority, which forgets it at once.
        try await call.server.authority.revoke(agent.key, of: call.caller.tenant, by: call.caller.id)
        try await call.scheduler.deleteAgent(agent.id.rawValue, as: call.caller)
        return call.answer(["id": .string(agent.id.rawValue), "deleted": true])
    }

    private static func heartbeat(_ call: APICall) async throws -> HTTPResponse {
        let agent = try await call.scheduler.heartbeat(of: call.parameters["id"], as: call.caller)
        return call.answer(["id": .string(agent.id.rawValue), "stale_after_ms": .integer(agent.patience)])
    }

    private static func box(_ call: APICall) async throws -> HTTPResponse {
        let after = try call.query("after", "a number from 0") { Int64($0).flatMap { $0 >= 0 ? $0 : nil } }
        let limit = try call.query("limit", "a number from 1 to 200") {
            Int($0).flatMap { (1...200).contains($0) ? $0 : nil }
        }
        let wait = try call.wait() ?? .zero
        let messages = try await call.whileAllowed {
            try await call.scheduler.box(
                of: call.parameters["id"],
                after: after,
                limit: limit ?? 50,
                wait: wait,
                as: call.caller
            )
        }
        return call.answer(try messages.wire(after: after ?? 0))
    }
}

extension AgentRecord {
    /// The agent as clients see it.
    ///
    /// - Parameter error: why its endpoint gave no sign of life.
    fileprivate func wire(tasks: Int, error: String?) -> JSONObject {
        var json: JSONObject = [
            "id": .string(id.rawValue), "name": .string(name), "address": .string(address),
            "status": .string(isOnline ? "online" : "offline"),
            "capabilities": .array(capabilities.sorted().map { .string($0) }),
        ]
        json["endpoint"] = endpoint.map { .string($0) }
        json["last_error"] = error.map { .string($0) }
        json["tasks"] = JSONValue(tasks)
        json["max_tasks"] = JSONValue(maximumTasks)
        json["bids"] = .bool(bids)
        json["stale_after_ms"] = .integer(patience)
        json["last_seen_at"] = .string(RFC3339.format(seen))
        json["registered_at"] = .string(RFC3339.format(registered))
        for (name, value) in info { json[name] = value }
        return json
    }
}

extension [MessageRecord] {
    /// Messages as clients see them, with where to go on.
    ///
    /// - Throws: `StorageError` with `damaged`.
    func wire(after number: Int64) throws -> JSONObject {
        [
            "messages": .array(
                try map { record in
                    var json: JSONObject = ["number": .integer(record.number)]
                    json["direction"] = record.recipient == nil ? "in" : "out"
                    json["at"] = .string(RFC3339.format(record.received))
                    json["type"] = .string(record.type)
                    json["sender"] = .string(record.sender)
                    json["message"] = try record.body.map { .object(try $0.object()) }
                    return .object(json)
                }
            ), "next_after": .integer(last?.number ?? number),
        ]
    }
}
