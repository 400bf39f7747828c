import HTTPServer
import JSON
import JobModel
import JobScheduler
import Security
import Storage

/// The queue as a whole: pauses, shares and limits.
enum QueueRoutes {
    static let all: [APIRoute] = [
        APIRoute(
            "GET",
            "/queue",
            "What waits, what is paused, what is limited",
            .needs(.viewer, .jobsRead),
            answers: [
                .json(
                    .object([
                        "paused": .ref("Pause").orNull, "tenants": .array(.ref("TenantPolicy")), "jobs?": .ref("Depth"),
                    ]),
                    "The queue"
                )
            ],
            body: show
        ),
        APIRoute(
            "POST",
            "/queue/pause",
            "Gives nothing out",
            .needs(.admin, .queue),
            input: .json(
                scope.with(optional: "note", .text(0...500).described("Why, for others"))
                    .with(optional: "running", running.described("What becomes of jobs that run; go_on unless said")),
                isRequired: false,
                example: ["note": "The portal is down until noon", "running": "hold"]
            ),
            answers: [.json(.ref("TenantPolicy"), "What holds now")],
            body: pause
        ),
        APIRoute(
            "POST",
            "/queue/resume",
            "Gives out again",
            .needs(.admin, .queue),
            input: .json(scope, isRequired: false, example: ["scope": "tenant"]),
            answers: [.json(.ref("TenantPolicy"), "What holds now")],
            body: resume
        ),
        APIRoute(
            "PUT",
            "/queue/limits",
            "Sets what a tenant may have",
            .needs(.admin, .queue),
            input: .json(
                .input([
                    "tenant?": .text, "weight?": .integer(1...100, default: 1).orNull, "concurrency?": .count.orNull,
                    "rate?": APISchema.input(["count": .count, "per": .duration, "burst?": .count]).orNull,
                ]),
                example: [
                    "tenant": "accounting", "weight": 2, "concurrency": 4,
                    "rate": ["count": 60, "per": "1m", "burst": 5],
                ]
            ),
            answers: [.json(.ref("TenantPolicy"), "What holds now")],
            body: limit
        ),
    ]

    /// What the queue looks like.
    static let schemas: [(name: String, schema: APISchema)] = [
        ("Pause", .object(["since": .time, "by": .text, "running": running, "note?": .text])),
        ("Depth", .object(["ready": .count, "delayed": .count, "leased": .count])),
        (
            "TenantPolicy",
            .object([
                "scope": .choice(["queue", "tenant"]), "paused": .ref("Pause").orNull, "tenant?": .text,
                "weight?": .count, "concurrency?": .count.orNull,
                "rate?": APISchema.object(["count": .count, "per": .duration, "burst": .count]).orNull,
            ])
        ),
    ]

    private static let scope = APISchema.input([
        "scope?": .choice(["queue", "tenant"]).described("tenant unless said"), "tenant?": .text,
    ])

    private static let running = APISchema.choice(PolicyRecord.Running.allCases.map(\.rawValue))

    private static func show(_ call: APICall) async throws -> HTTPResponse {
        let policies = try await call.scheduler.policies(for: call.caller)
        let queue = policies.first { $0.tenant == nil }
        var json: JSONObject = [
            "paused": queue?.pause.map { .object($0.json) } ?? .null,
            "tenants": .array(policies.filter { $0.tenant != nil }.map { .object($0.wire) }),
        ]
        if let depth = try await call.scheduler.depth(for: call.caller) { json["jobs"] = .object(depth.json) }
        return call.answer(json)
    }

    private static func pause(_ call: APICall) async throws -> HTTPResponse {
        let body = try await call.object(isRequired: false)
        try body.refuseMembers(except: ["scope", "tenant", "note", "running"])
        if let note = body["note"], note.string.map({ $0.utf8.count <= 500 }) != true {
            throw Problem.member("/note", "must be text of at most 500 bytes")
        }
        var running = PolicyRecord.Running.goOn
        if let value = body["running"] {
            guard let known = value.string.flatMap(PolicyRecord.Running.init(rawValue:)) else {
                throw Problem.member("/running", "must be go_on, hold or hand_back")
            }
            running = known
        }
        let policy = try await call.scheduler.pause(
            scope(body, call),
            note: body["note"]?.string,
            running: running,
            as: call.caller
        )
        return call.answer(policy.wire)
    }

    private static func resume(_ call: APICall) async throws -> HTTPResponse {
        let body = try await call.object(isRequired: false)
        try body.refuseMembers(except: ["scope", "tenant"])
        return call.answer(try await call.scheduler.resume(scope(body, call), as: call.caller).wire)
    }

    private static func limit(_ call: APICall) async throws -> HTTPResponse {
        let body = try await call.object()
        try body.refuseMembers(except: ["tenant", "weight", "concurrency", "rate"])
        var limits = Scheduler.Limits()
        limits.weight = try number("weight", of: body) ?? 1
        limits.concurrency = try number("concurrency", of: body)
        limits.rate = try rate(body)
        let tenant = try body.tenant() ?? call.caller.tenant
        return call.answer(try await call.scheduler.limit(tenant, to: limits, as: call.caller).wire)
    }

    // MARK: Input

    private static func scope(_ body: JSONObject, _ call: APICall) throws -> Scheduler.PolicyScope {
        let tenant = try body.tenant()
        switch body["scope"] {
        case "queue" where tenant == nil: return .queue
        case "queue": throw Problem.member("/tenant", "does not go with the scope queue, which is all tenants")
        case nil, "tenant": return .tenant(tenant ?? call.caller.tenant)
        default: throw Problem.member("/scope", "must be queue or tenant")
        }
    }

    private static func number(_ name: String, of body: JSONObject) throws -> Int? {
        guard let value = body[name], !value.isNull else { return nil }
        guard let number = value.int else {
            throw Problem.member(JSONPointer([name]), "must be a whole number, or null")
        }
        return number
    }

    private static func rate(_ body: JSONObject) throws -> PolicyRecord.Rate? {
        guard let value = body["rate"], !value.isNull else { return nil }
        guard let members = value.object else { throw Problem.member("/rate", "must be {count, per, burst}, or null") }
        try members.refuseMembers(except: ["count", "per", "burst"], at: ["rate"])
        guard let count = members["count"]?.int else { throw Problem.member("/rate/count", "must be a whole number") }
        guard let period = members["per"].flatMap({ Duration(scenario: $0) }) else {
            throw Problem.member("/rate/per", "must be a duration such as 1s, 1m or 1h")
        }
        if let burst = members["burst"], burst.int == nil {
            throw Problem.member("/rate/burst", "must be a whole number")
        }
        return PolicyRecord.Rate(count: count, period: period.milliseconds, burst: members["burst"]?.int ?? 1)
    }
}

extension PolicyRecord {
    /// The policy as clients see it.
    fileprivate var wire: JSONObject {
        var json: JSONObject = [
            "scope": tenant == nil ? "queue" : "tenant", "paused": pause.map { .object($0.json) } ?? .null,
        ]
        guard let tenant else { return json }
        json["tenant"] = .string(tenant.rawValue)
        json["weight"] = JSONValue(weight)
        json["concurrency"] = concurrency.map { JSONValue($0) } ?? .null
        json["rate"] =
            rate.map {
                ["count": JSONValue($0.count), "per": .string("\($0.period)ms"), "burst": JSONValue($0.burst)]
            } ?? .null
        return json
    }
}

extension PolicyRecord.Pause {
    fileprivate var json: JSONObject {
        var json: JSONObject = [
            "since": .string(RFC3339.format(since)), "by": .string(actor), "running": .string(running.rawValue),
        ]
        json["note"] = note.map { .string($0) }
        return json
    }
}
