import HTTPServer
import JSON
import JobModel
import JobScheduler
import Planning
import Security
import Telemetry

/// Jobs from sentences.
enum IntentRoutes {
    static let all: [APIRoute] = [
        APIRoute(
            "POST",
            "/schedule",
            "Submits what a sentence asks for, or an intent by its name",
            .needs(.operator, .jobsWrite),
            parameters: [
                .wait(until: "the job has ended"),
                JobRoutes.idempotencyField,
            ],
            input: .json(
                .ref("Order"),
                example: [
                    "message": "Download the latest invoice of Firma X",
                    "variables": ["portal_url": "https://portal.example.org"],
                ]
            ),
            answers: [
                .json(202, .ref("ScheduledJob"), "It is kept and will run", headers: ["Location"]),
                .json(
                    .either(
                        .ref("ScheduledJob"),
                        .object(["routing": .ref("Routing"), "scenario": .ref("Scenario")])
                    ),
                    "It has ended while you waited; or what a dry run would submit"
                ),
            ],
            problems: [404, 409, 422, 507],
            body: schedule
        ),
        APIRoute(
            "GET",
            "/intents",
            "What sentences may ask for",
            .needs(.viewer, .jobsRead),
            answers: [
                .json(.object(["intents": .array(.ref("Intent")), "router": .text, "problem?": .text]), "All of them")
            ],
            body: list
        ),
        APIRoute(
            "GET",
            "/intents/{name}",
            "One intent with its scenario",
            .needs(.viewer, .jobsRead),
            answers: [.json(intentSchema.with("scenario", .ref("Scenario")), "The intent")],
            body: show
        ),
    ]

    /// What intents and orders look like.
    static let schemas: [(name: String, schema: APISchema)] = [
        ("Intent", intentSchema),
        (
            "Order",
            .input([
                "message?": .text.described("A sentence"), "intent?": .text.described("The name of an intent"),
                "slots?": .members.orNull, "variables?": .members.orNull,
                "dry_run?": .bool.described("Only tells what would be submitted"), "files?": .members.orNull,
                "not_before?": .time.orNull, "idempotency_key?": .text(1...200).orNull,
                "unique_key?": .text(1...200).orNull, "on_conflict?": .text.orNull,
                "webhook?": APISchema.text(1...2000).orNull.described("Called when it has ended: https://…"),
            ])
        ),
        (
            "Routing",
            .object([
                "intent": .text, "router": .text, "confidence": .number, "evidence?": .text, "slots": .members,
                "alternatives?": .array(.members),
            ])
        ),
        ("ScheduledJob", JobRoutes.submitted.with("routing", .ref("Routing"))),
    ]

    private static let intentSchema = APISchema.object([
        "name": .text, "summary": .text, "examples": .array(.text),
        "slots": .array(.object(["name": .text, "summary": .text, "type": .text, "required": .bool])),
        "variables": .array(.text),
    ])

    private static let members: Set<String> = ["message", "intent", "slots", "variables", "dry_run"]
    /// Members of the envelope of `POST /jobs` that mean the same here.
    private static let envelope: Set<String> = [
        "files", "not_before", "idempotency_key", "unique_key", "on_conflict", "webhook",
    ]

    // MARK: Submit

    private static func schedule(_ call: APICall) async throws -> HTTPResponse {
        try call.refuseWhileDraining()
        // What is wrong with the query is told before what is wrong with the body.
        _ = try call.wait()
        let body = try await call.object()
        try body.refuseMembers(except: members.union(envelope))
        let isDryRun = try body.flag("dry_run")
        let (intent, decision) = try await understand(body, call)
        var slots = JSONObject()
        for (name, value) in decision?.best?.slots ?? [:] { slots[name] = .string(value) }
        slots = slots.merging(try object("slots", of: body))
        let order: IntentOrder
        do {
            order = try intent.order(slots: slots, variables: try object("variables", of: body))
        } catch let error as InvalidInput {
            throw Problem(missing: error, intent)
        }
        let routing = routing(intent, decision, order)
        var request: JSONObject = [
            "scenario": .object(order.scenario), "variables": .object(order.variables),
        ]
        for name in envelope { request[name] = body[name] }
        var submission = try SubmissionReader.submission(of: .object(request))
        submission.provenance = provenance(intent, decision)
        submission.places = SubmissionPlaces(
            scenario: decision == nil ? "/intent" : "/message",
            isSent: false,
            variables: SubmissionPlaces.names(in: body, at: "")
        )
        guard !isDryRun else {
            try await call.scheduler.check(submission, as: call.caller)
            let scenario = merged(order)
            return call.answer(["routing": .object(routing), "scenario": .object(scenario)])
        }
        return try await JobRoutes.submit(submission, call, more: ["routing": .object(routing)])
    }

    /// What the body asks for: by name, or by a sentence.
    private static func understand(_ body: JSONObject, _ call: APICall) async throws -> (Intent, IntentDecision?) {
        let catalogue = call.server.intents
        switch (body["intent"], body["message"]) {
        case (let value?, nil):
            let registry = catalogue.registry
            guard let name = value.string, let intent = registry.intent(name) else {
                throw Problem(unknown: value, at: "/intent", among: registry)
            }
            return (intent, nil)
        case (nil, let value?):
            guard let message = value.string else { throw Problem.member("/message", "must be a sentence") }
            let decision = try await catalogue.decide(message)
            guard let best = decision.best, let intent = catalogue.registry.intent(best.intent) else {
                throw Problem(meaningless: decision, at: "/message", among: catalogue.registry)
            }
            return (intent, decision)
        default:
            throw Problem.member("", "the body needs either 'message', a sentence, or 'intent', the name of one")
        }
    }

    private static func merged(_ order: IntentOrder) -> JSONObject {
        var scenario = order.scenario
        scenario["variables"] = .object((scenario["variables"]?.object ?? [:]).merging(order.variables))
        return scenario
    }

    private static func routing(_ intent: Intent, _ decision: IntentDecision?, _ order: IntentOrder) -> JSONObject {
        var json: JSONObject = ["intent": .string(intent.name)]
        json["router"] = .string(decision?.router ?? "name")
        json["confidence"] = .number(decision?.best.map { ($0.confidence * 1000).rounded() / 1000 } ?? 1)
        json["evidence"] = decision?.best.map { .string($0.evidence) }
        let slots = intent.slots.compactMap { slot in order.variables[slot.name].map { (slot.name, $0) } }
        json["slots"] = .object(slots.reduce(into: [:]) { $0[$1.0] = $1.1 })
        if let nearest = decision?.nearest, !nearest.isEmpty {
            json["alternatives"] = .array(nearest.map { .object($0.json()) })
        }
        return json
    }

    /// What the audit keeps of how the job came about; never the sentence, which may be about people.
    private static func provenance(_ intent: Intent, _ decision: IntentDecision?) -> JSONObject {
        var json: JSONObject = ["intent": .string(intent.name), "router": .string(decision?.router ?? "name")]
        json["confidence"] = decision?.best.map { .number(($0.confidence * 1000).rounded() / 1000) }
        json["evidence"] = decision?.best.map { .string($0.evidence) }
        return json
    }

    private static func object(_ name: String, of body: JSONObject) throws -> JSONObject {
        guard let value = body[name], !value.isNull else { return [:] }
        guard let object = value.object else { throw Problem.member(JSONPointer([name]), "must be an object") }
        return object
    }

    // MARK: Look

    private static func list(_ call: APICall) async throws -> HTTPResponse {
        let catalogue = call.server.intents
        var json: JSONObject = [
            "intents": .array(catalogue.registry.intents.map { .object($0.wire) }),
            "router": .string(catalogue.router.name),
        ]
        json["problem"] = catalogue.problem.map { .string($0) }
        return call.answer(json)
    }

    private static func show(_ call: APICall) async throws -> HTTPResponse {
        let name = call.parameters["name"]
        guard let intent = call.server.intents.registry.intent(name) else {
            throw Problem(status: 404, code: "not_found", detail: "There is no intent '\(name.prefix(60))'")
        }
        var json = intent.wire
        json["scenario"] = .object(intent.scenario)
        return call.answer(json)
    }
}

extension Intent {
    /// The intent as clients see it, without its scenario.
    fileprivate var wire: JSONObject {
        [
            "name": .string(name), "summary": .string(summary), "examples": .array(examples.map { .string($0) }),
            "slots": .array(
                slots.map { slot in
                    [
                        "name": .string(slot.name), "summary": .string(slot.summary),
                        "type": .string(slot.kind.rawValue),
                        "required": .bool(slot.isRequired),
                    ]
                }
            ), "variables": .array(variables.map { .string($0) }),
        ]
    }
}
