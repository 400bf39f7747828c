import HTTPServer
import JSON
import JobModel
import JobScheduler
import Security
import Storage
import Telemetry

/// Submit, look at, steer.
enum JobRoutes {
    static let all: [APIRoute] = [
        APIRoute(
            "POST",
            "/jobs",
            "Submits a scenario; 202 means it will run",
            .needs(.operator, .jobsWrite),
            parameters: [
                .wait(until: "the job has ended"),
                idempotencyField,
            ],
            input: .document([
                ("application/json", .either(.ref("Scenario"), .ref("Submission")), exampleSubmission),
                ("application/yaml", .ref("Scenario"), .string(exampleInYAML)),
            ]),
            answers: [
                .json(202, .ref("SubmittedJob"), "It is kept and will run", headers: ["Location"]),
                .json(200, .ref("SubmittedJob"), "It has ended while you waited", headers: ["Location"]),
            ],
            problems: [404, 409, 422, 507],
            body: submit
        ),
        BulkRoute.route,
        APIRoute(
            "GET",
            "/jobs",
            "Lists jobs, newest first",
            .needs(.viewer, .jobsRead),
            parameters: [
                .query("status", .text, "Only jobs in these states, by comma"),
                .limit(200, default: 50),
                .query("offset", .integer(0 ... .max, default: 0), "Leaves out so many; a cursor is quicker"),
                .cursor,
            ],
            answers: [.json(.object(["jobs": .array(.ref("Job")), "next_cursor": .text.orNull]), "A page of jobs")],
            body: list
        ),
        APIRoute(
            "GET",
            "/jobs/{id}",
            "Shows a job with steps and files",
            .needs(.viewer, .jobsRead),
            parameters: [.ifNoneMatch],
            answers: [
                .json(.ref("JobDetail"), "The job", headers: ["ETag"]),
                .empty(304, "Nothing has changed", headers: ["ETag"]),
            ],
            body: show
        ),
        APIRoute(
            "DELETE",
            "/jobs/{id}",
            "Cancels a job; 202 while it is still stopping",
            .needs(.operator, .jobsWrite),
            parameters: [.ifMatch],
            answers: [
                .json(.ref("SubmittedJob"), "It is cancelled"), .json(202, .ref("SubmittedJob"), "It is stopping"),
            ],
            problems: [409, 412],
            body: cancel
        ),
        APIRoute(
            "POST",
            "/jobs/{id}/retry",
            "Runs an ended job again, a done one only freshly",
            .needs(.operator, .jobsWrite),
            parameters: [.ifMatch],
            input: .json(
                .input(["fresh?": .bool.described("Forgets what was done: even mails go out again")]),
                isRequired: false,
                example: ["fresh": true]
            ),
            answers: [.json(202, .ref("SubmittedJob"), "It will run", headers: ["Location"])],
            problems: [409, 412],
            body: retry
        ),
        APIRoute(
            "POST",
            "/jobs/{id}/resolve",
            "Says what happened to a step in doubt",
            .needs(.approver, .decisions),
            parameters: [.ifMatch],
            input: .json(
                .input(["resolution": .choice(Resolution.allCases.map(\.rawValue))]),
                example: ["resolution": "done"]
            ),
            answers: [.json(.ref("SubmittedJob"), "It goes on, or ends")],
            problems: [409, 412],
            body: resolve
        ),
        APIRoute(
            "GET",
            "/jobs/{id}/events",
            "Durable events after a position",
            .needs(.viewer, .jobsRead),
            parameters: [.after, .limit(1000, default: 200)],
            answers: [
                .json(
                    .object(["events": .array(.ref("Event")), "next_after": .count, "has_more": .bool]),
                    "A page of events"
                )
            ],
            body: events
        ),
        APIRoute(
            "GET",
            "/jobs/{id}/explain",
            "Why a job is not running",
            .needs(.viewer, .jobsRead),
            answers: [
                .json(
                    .object([
                        "id": .text, "state": .ref("JobState"),
                        "causes": .array(.object(["code": .text, "detail": .text, "until?": .time])),
                    ]),
                    "All that holds it up"
                )
            ],
            body: explain
        ),
        APIRoute(
            "GET",
            "/ws/jobs/{id}",
            "Watches a job by WebSocket: hello, replay, live",
            .needs(.viewer, .jobsRead),
            parameters: [.query("since", .integer(0 ... .max, default: 0), "The last seq you got")],
            answers: [.empty(101, "Watching")],
            problems: [426],
            body: WatchRoute.open
        ),
    ]

    // MARK: Submit

    private static func submit(_ call: APICall) async throws -> HTTPResponse {
        try call.refuseWhileDraining()
        // What is wrong with the query is told before what is wrong with the body.
        _ = try call.wait()
        // Until the first of two with one key is kept, nobody can tell the second what became of it.
        let use = try idempotencyKey(call).map { try call.server.keysInUse.begin($0, of: call.caller.tenant) }
        defer { use?.end() }
        return try await submit(try await SubmissionReader(call).read(), call, keyUse: use)
    }

    /// Submits what was read, and answers with the job.
    ///
    /// - Parameters:
    ///   - keyUse: ends when the job is kept.
    ///   - more: further members of the answer.
    static func submit(
        _ submission: JobSubmission,
        _ call: APICall,
        keyUse: KeysInUse.Use? = nil,
        more: JSONObject = [:]
    ) async throws -> HTTPResponse {
        let wait = try call.wait()
        var submission = submission
        if let key = try idempotencyKey(call) {
            if let other = submission.idempotencyKey, other != key { throw twoKeys(key, other) }
            submission.idempotencyKey = key
        }
        submission.origin = call.origin
        let receipt = try await call.scheduler.accept(submission, as: call.caller)
        keyUse?.end()
        var job = receipt.job
        call.logger.info("Job submitted", ["job": job.id.rawValue])
        if let wait {
            let id = job.id
            job = try await call.whileAllowed {
                try await call.scheduler.waitForEnd(of: id, atMost: wait, for: call.caller)
            }
        }
        let hasEnded = job.state.isTerminal || job.state == .needsReview
        var headers: HTTPFields = ["Location": call.link("/jobs/\(job.id)")]
        if !receipt.isNew, submission.idempotencyKey != nil { headers["Idempotency-Replayed"] = "true" }
        return call.answer(
            linked(job, call).merging(more),
            status: hasEnded && wait != nil ? 200 : 202,
            headers: headers
        )
    }

    /// The field that names a submission, so that it may be sent again.
    static let idempotencyField = APIParameter.header(
        "Idempotency-Key",
        .text(1...JobSubmission.keyLimit),
        "The same key again answers the same job, for seven days"
    )

    private static func idempotencyKey(_ call: APICall) throws -> String? {
        guard let key = call.request.headers["idempotency-key"] else { return nil }
        let limit = JobSubmission.keyLimit
        guard (1...limit).contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw Problem.parameter(
                "Idempotency-Key",
                "must be 1 to \(limit) visible ASCII characters, is '\(key.prefix(60))' (\(key.utf8.count) bytes)"
            )
        }
        return key
    }

    /// Neither may win in silence: whoever repeats the call would repeat it under the other one.
    private static func twoKeys(_ field: String, _ member: String) -> Problem {
        let detail =
            "the field Idempotency-Key is '\(field.prefix(60))' and the member 'idempotency_key' is '\(member.prefix(60))'; "
            + "send one of them, or both alike"
        return Problem(
            status: 400,
            code: "invalid_input",
            detail: "Two idempotency keys: \(detail)",
            errors: [
                .init(pointer: "/idempotency_key", detail: detail), .init(parameter: "Idempotency-Key", detail: detail),
            ]
        )
    }

    private static func linked(_ job: JobRecord, _ call: APICall) -> JSONObject {
        var json = job.summary
        let path = "/jobs/\(job.id)"
        json["links"] = [
            "self": .string(call.link(path)), "events": .string(call.link(path + "/events")),
            "watch": .string(call.link("/ws" + path)),
        ]
        return json
    }

    // MARK: Look

    private static func list(_ call: APICall) async throws -> HTTPResponse {
        let limit = try call.query("limit", "a number from 1 to 200") {
            Int($0).flatMap { (1...200).contains($0) ? $0 : nil }
        }
        let offset = try call.query("offset", "a number from 0") { Int($0).flatMap { $0 >= 0 ? $0 : nil } }
        let cursor = try call.query("cursor", "a cursor of an earlier answer", Cursor.job)
        var states: Set<JobState> = []
        for item in try call.request.queryItems() where item.name == "status" {
            for word in item.value.split(separator: ",") {
                guard let state = JobState(rawValue: String(word)) else {
                    let known = JobState.allCases.map(\.rawValue).joined(separator: ", ")
                    throw Problem.parameter("status", "has no state '\(word.prefix(60))'; use \(known)")
                }
                states.insert(state)
            }
        }
        // One more than asked for shows whether there is a next page, without counting.
        let size = limit ?? 50
        let query = JobQuery(
            tenant: call.caller.tenant,
            states: states,
            after: cursor,
            offset: offset ?? 0,
            limit: size + 1
        )
        let jobs = try await call.scheduler.jobs(query, for: call.caller)
        var json: JSONObject = ["jobs": .array(jobs.prefix(size).map { .object($0.summary) })]
        let last = jobs.count > size ? jobs[size - 1].id : nil
        json["next_cursor"] = last.map { .string(Cursor.text(of: $0)) } ?? .null
        return call.answer(json)
    }

    private static func show(_ call: APICall) async throws -> HTTPResponse {
        let job = try await call.scheduler.jobInWords(call.job, for: call.caller)
        let tag = tag(of: job.version)
        if EntityTag.isKnown(tag, to: call.request) { return HTTPResponse(status: 304, headers: ["ETag": tag]) }
        return call.answer(job.json, headers: ["ETag": tag])
    }

    private static func events(_ call: APICall) async throws -> HTTPResponse {
        let after = try call.query("after", "a position from 0") { Int64($0).flatMap { $0 >= 0 ? $0 : nil } } ?? 0
        let limit = try call.query("limit", "a number from 1 to 1000") {
            Int($0).flatMap { (1...1000).contains($0) ? $0 : nil }
        }
        let size = limit ?? 200
        let events = try await call.scheduler.events(of: call.job, after: after, limit: size, for: call.caller)
        return call.answer([
            "events": .array(events.map { .object($0.wire) }),
            "next_after": .integer(events.last?.seq ?? after),
            "has_more": .bool(events.count == size),
        ])
    }

    private static func explain(_ call: APICall) async throws -> HTTPResponse {
        call.answer(try await call.scheduler.explain(call.job, for: call.caller).json)
    }

    private static func tag(of version: JobVersion) -> String { "W/\"\(version.sequence)-\(version.updated)\"" }

    // MARK: Steer

    /// What the job must still be like; nil when the caller does not say.
    private static func wanted(_ call: APICall) -> Set<JobVersion>? {
        EntityTag.wanted(by: call.request).map { tags in
            Set(
                tags.compactMap { tag in
                    let numbers = tag.filter { $0 != "\"" }.split(separator: "-").map { Int64($0) }
                    guard numbers.count == 2, let sequence = numbers[0], let updated = numbers[1] else { return nil }
                    return JobVersion(sequence: sequence, updated: updated)
                }
            )
        }
    }

    private static func cancel(_ call: APICall) async throws -> HTTPResponse {
        let job = try await call.scheduler.cancel(
            call.job,
            ifStill: wanted(call),
            as: call.caller,
            origin: call.origin
        )
        return call.answer(linked(job, call), status: job.state.isTerminal ? 200 : 202)
    }

    private static func retry(_ call: APICall) async throws -> HTTPResponse {
        let body = try await call.object(isRequired: false)
        try body.refuseMembers(except: ["fresh"])
        let job = try await call.scheduler.retry(
            call.job,
            isFresh: try body.flag("fresh"),
            ifStill: wanted(call),
            as: call.caller,
            origin: call.origin
        )
        return call.answer(linked(job, call), status: 202, headers: ["Location": call.link("/jobs/\(job.id)")])
    }

    private static func resolve(_ call: APICall) async throws -> HTTPResponse {
        let body = try await call.object()
        try body.refuseMembers(except: ["resolution"])
        let words = Resolution.allCases.map(\.rawValue).joined(separator: ", ")
        guard let word = body["resolution"]?.string, let resolution = Resolution(rawValue: word) else {
            throw Problem.member("/resolution", "must be one of \(words), \(body.said("resolution"))")
        }
        let job = try await call.scheduler.resolve(
            call.job,
            resolution,
            ifStill: wanted(call),
            as: call.caller,
            origin: call.origin
        )
        return call.answer(linked(job, call))
    }
}
