import HTTPServer
import JSON
import JobModel
import JobScheduler
import Security
import Storage

/// Jobs that come again and again.
enum ScheduleRoutes {
    static let all: [APIRoute] = [
        APIRoute(
            "POST",
            "/schedules",
            "Submits a scenario again and again",
            .needs(.operator, .jobsWrite),
            input: .json(
                .input([
                    "name": .text,
                    "cron": .text(1...CronExpression.lengthLimit).described(
                        "Five fields as in crontab: 30 6 * * mon-fri"
                    ),
                    "timezone?": .text.described("IANA name; UTC unless said"),
                    "overlap?": .choice(ScheduleRecord.Overlap.allCases.map(\.rawValue)),
                    "scenario": .ref("Scenario"), "variables?": .members.orNull,
                ]),
                example: [
                    "name": "heading of the morning", "cron": "30 6 * * mon-fri", "timezone": "Europe/Berlin",
                    "overlap": "skip", "scenario": JobRoutes.exampleScenario,
                    "variables": ["url": "https://example.com/"],
                ]
            ),
            answers: [.json(201, .ref("Schedule"), "It is kept", headers: ["Location"])],
            problems: [409, 422],
            body: create
        ),
        APIRoute(
            "GET",
            "/schedules",
            "Lists schedules by name",
            .needs(.viewer, .jobsRead),
            answers: [.json(.object(["schedules": .array(.ref("Schedule"))]), "All of them")],
            body: list
        ),
        APIRoute(
            "GET",
            "/schedules/{id}",
            "Shows a schedule",
            .needs(.viewer, .jobsRead),
            answers: [.json(scheduleSchema.with("scenario", .ref("Scenario")), "The schedule")],
            body: show
        ),
        APIRoute(
            "DELETE",
            "/schedules/{id}",
            "Ends a schedule; its jobs go on",
            .needs(.operator, .jobsWrite),
            answers: [.json(.object(["id": .text, "deleted": .bool]), "It has ended")],
            body: delete
        ),
    ]

    /// What schedules look like.
    static let schemas: [(name: String, schema: APISchema)] = [("Schedule", scheduleSchema)]

    private static let scheduleSchema = APISchema.object([
        "id": .text, "name": .text, "cron": .text, "timezone": .text,
        "overlap": .choice(ScheduleRecord.Overlap.allCases.map(\.rawValue)), "created_at": .time,
        "next_at": .time.orNull, "last_at": .time.orNull, "job_id": .text.orNull, "problem?": .text,
    ])

    private static func create(_ call: APICall) async throws -> HTTPResponse {
        let body = try await call.object()
        try body.refuseMembers(except: ["name", "cron", "timezone", "overlap", "scenario", "variables"])
        guard let name = body["name"]?.string else { throw Problem.member("/name", "must be text") }
        guard let cron = body["cron"]?.string else {
            throw Problem.member("/cron", "must be five fields as in crontab, such as '30 6 * * mon-fri'")
        }
        var envelope: JSONObject = [:]
        for member in ["scenario", "variables"] { envelope[member] = body[member] }
        guard envelope["scenario"] != nil else { throw Problem.member("/scenario", "must be an object") }
        let submission = try SubmissionReader.submission(of: .object(envelope))
        var order = ScheduleOrder(
            name: name,
            cron: cron,
            scenario: submission.scenario,
            places: submission.places
        )
        if let zone = body["timezone"] {
            guard let text = zone.string else { throw Problem.member("/timezone", "must be an IANA name") }
            order.timezone = text
        }
        if let word = body["overlap"] {
            guard let overlap = word.string.flatMap(ScheduleRecord.Overlap.init(rawValue:)) else {
                let words = ScheduleRecord.Overlap.allCases.map(\.rawValue).joined(separator: ", ")
                throw Problem.member("/overlap", "must be one of \(words), \(body.said("overlap"))")
            }
            order.overlap = overlap
        }
        let schedule = try await call.scheduler.schedule(order, as: call.caller)
        let place = call.link("/schedules/\(schedule.id)")
        return call.answer(schedule.wire, status: 201, headers: ["Location": place])
    }

    private static func list(_ call: APICall) async throws -> HTTPResponse {
        let schedules = try await call.scheduler.schedules(for: call.caller)
        return call.answer(["schedules": .array(schedules.map { .object($0.wire) })])
    }

    private static func show(_ call: APICall) async throws -> HTTPResponse {
        let schedule = try await call.scheduler.schedule(call.parameters["id"], for: call.caller)
        var json = schedule.wire
        json["scenario"] = .object(schedule.scenario)
        return call.answer(json)
    }

    private static func delete(_ call: APICall) async throws -> HTTPResponse {
        try await call.scheduler.deleteSchedule(call.parameters["id"], as: call.caller)
        return call.answer(["id": .string(call.parameters["id"]), "deleted": true])
    }
}

extension ScheduleRecord {
    /// The schedule as clients see it, without its scenario.
    fileprivate var wire: JSONObject {
        var json: JSONObject = [
            "id": .string(id), "name": .string(name), "cron": .string(cron), "timezone": .string(timezone),
            "overlap": .string(overlap.rawValue), "created_at": .string(RFC3339.format(created)),
        ]
        json["next_at"] = next.map { .string(RFC3339.format($0)) } ?? .null
        json["last_at"] = last.map { .string(RFC3339.format($0)) } ?? .null
        json["job_id"] = job.map { .string($0.rawValue) } ?? .null
        json["problem"] = problem.map { .string($0) }
        return json
    }
}
