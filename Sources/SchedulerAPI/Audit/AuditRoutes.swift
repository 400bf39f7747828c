import HTTPServer
import JSON
import JobModel
import JobScheduler
import Security
import Storage

/// What is on record: reading it, verifying it, and what the law wants of it.
enum AuditRoutes {
    static let all: [APIRoute] = [
        APIRoute(
            "GET",
            "/audit",
            "The audit chain after a position, filtered",
            .needs(.viewer, .auditRead),
            parameters: [
                .after, .limit(1000, default: 200), .query("since", .time, "Only from then on"),
                .query("until", .time, "Only before then"), .query("actor", .text, "Only what this one did"),
                .query("action", .text, "Only this, or with job.* all that begin so"),
                .query("job", .text, "Only of this job"), .query("result", .text, "Only with this result"),
                .query("form", .choice(["raw"]), "As the chain is over it"),
            ],
            answers: [
                .json(
                    .object([
                        "records": .array(.either(.ref("AuditRecord"), .ref("RawAuditRecord"))), "next_after": .count,
                        "has_more": .bool,
                    ]),
                    "A page of records"
                )
            ],
            body: list
        ),
        APIRoute(
            "GET",
            "/audit/verify",
            "Whether the chain is whole, and what is sealed in it can be read and found; names the first record that is not",
            .needs(.viewer, .auditRead),
            answers: [
                .json(
                    .object([
                        "whole": .bool, "records?": .count, "head?": .sha256, "first_bad?": .count, "detail?": .text,
                    ]),
                    "What was found"
                )
            ],
            body: verify
        ),
        APIRoute(
            "GET",
            "/audit/holds",
            "Legal holds",
            .needs(.viewer, .auditRead),
            answers: [.json(.object(["holds": .array(.ref("AuditHold"))]), "All of the tenant's")],
            body: holds
        ),
        APIRoute(
            "POST",
            "/audit/holds",
            "Keeps what is on record from retention and erasure",
            .needs(.admin, .system),
            input: .json(
                .input(["reason": .text(1...500), "job?": .text]),
                example: ["reason": "Lawsuit 4 O 17/26"]
            ),
            answers: [.json(201, .ref("AuditHold"), "It holds", headers: ["Location"])],
            problems: [404],
            body: hold
        ),
        APIRoute(
            "DELETE",
            "/audit/holds/{id}",
            "Ends a legal hold",
            .needs(.admin, .system),
            answers: [.json(.object(["id": .text, "deleted": .bool]), "It has ended")],
            body: release
        ),
        APIRoute(
            "POST",
            "/audit/erase",
            "Erases what is personal about a job, or about all jobs that name a person",
            .needs(.admin, .system),
            input: .json(
                .input(["job?": .text, "person?": .text.described("A mail address"), "dry_run?": .bool]),
                example: ["person": "anna@kunde.example", "dry_run": true]
            ),
            answers: [
                .json(
                    .object([
                        "jobs": .array(.text), "records": .count,
                        "refused": .array(.object(["job": .text, "detail": .text])), "files": .count,
                        "uploads": .count, "idempotency_keys": .count, "messages": .count, "messages_held": .count,
                        "pause_notes": .count, "schedules": .array(.text), "keys": .array(.text),
                        "agents": .array(.text), "holds": .array(.text), "advice?": .text,
                    ]),
                    "What is gone, or would be"
                )
            ],
            problems: [404],
            body: erase
        ),
        APIRoute(
            "GET",
            "/audit/{job_id}",
            "What was done to a job, by whom",
            .needs(.viewer, .auditRead),
            answers: [.json(.object(["job_id": .text, "records": .array(.ref("AuditRecord"))]), "All of its records")],
            body: listOfJob
        ),
    ]

    /// What records look like.
    static let schemas: [(name: String, schema: APISchema)] = [
        (
            "AuditRecord",
            .object([
                "seq": .count, "ts": .time, "actor": .text, "action": .text, "job_id?": .text, "detail?": .any,
                "personal?": .any, "class?": .text, "pruned?": .bool, "hash": .sha256,
            ])
        ),
        ("RawAuditRecord", .open(["version": .count, "seq": .count, "detail": .text, "hash": .sha256])),
        ("AuditHold", .object(["id": .text, "reason": .text, "actor": .text, "job?": .text, "since": .time])),
    ]

    private static func list(_ call: APICall) async throws -> HTTPResponse {
        var query = AuditQuery(tenant: call.caller.tenant)
        query.after = try call.query("after", "a position from 0") { Int64($0).flatMap { $0 >= 0 ? $0 : nil } } ?? 0
        let limit = try call.query("limit", "a number from 1 to 1000") {
            Int($0).flatMap { (1...1000).contains($0) ? $0 : nil }
        }
        query.limit = limit ?? 200
        let time = "a time such as 2026-03-01T08:30:00Z"
        query.since = try call.query("since", time, RFC3339.parse)
        query.until = try call.query("until", time, RFC3339.parse)
        query.actor = try call.request.queryItem("actor")
        query.action = try call.request.queryItem("action")
        query.job = try call.request.queryItem("job").map { JobID($0) }
        query.result = try call.request.queryItem("result")
        let isRaw = try call.query("form", "raw") { $0 == "raw" ? true : nil } ?? false
        let records = try await call.scheduler.audit(query, for: call.caller)
        return call.answer([
            "records": .array(records.map { .object(isRaw ? $0.raw : $0.json) }),
            "next_after": .integer(records.last?.sequence ?? query.after),
            "has_more": .bool(records.count == query.limit),
        ])
    }

    private static func listOfJob(_ call: APICall) async throws -> HTTPResponse {
        let job = JobID(call.parameters["job_id"])
        let records = try await call.scheduler.audit(of: job, for: call.caller)
        return call.answer(["job_id": .string(job.rawValue), "records": .array(records.map { .object($0.json) })])
    }

    private static func verify(_ call: APICall) async throws -> HTTPResponse {
        do {
            let (records, head) = try await call.scheduler.verifyAudit(for: call.caller)
            let hex = head.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            return call.answer(["whole": true, "records": .integer(records), "head": .string(hex)])
        } catch let problem as AuditChain.Break {
            return call.answer([
                "whole": false, "first_bad": .integer(problem.sequence), "detail": .string(problem.description),
            ])
        }
    }

    // MARK: Holds and erasure

    private static func holds(_ call: APICall) async throws -> HTTPResponse {
        let holds = try await call.scheduler.holds(for: call.caller)
        return call.answer(["holds": .array(holds.map { .object($0.wire) })])
    }

    private static func hold(_ call: APICall) async throws -> HTTPResponse {
        let body = try await call.object()
        try body.refuseMembers(except: ["reason", "job"])
        guard let reason = body["reason"]?.string else {
            throw Problem.member("/reason", "must be text: why it is kept")
        }
        if let value = body["job"], value.string == nil { throw Problem.member("/job", "must be the id of a job") }
        let job = body["job"]?.string.map { JobID($0) }
        let hold = try await call.scheduler.hold(job, reason: reason, as: call.caller)
        return call.answer(hold.wire, status: 201, headers: ["Location": call.link("/audit/holds/\(hold.id)")])
    }

    private static func release(_ call: APICall) async throws -> HTTPResponse {
        try await call.scheduler.release(hold: call.parameters["id"], as: call.caller)
        return call.answer(["id": .string(call.parameters["id"]), "deleted": true])
    }

    private static func erase(_ call: APICall) async throws -> HTTPResponse {
        let body = try await call.object()
        try body.refuseMembers(except: ["job", "person", "dry_run"])
        let target: Scheduler.EraseTarget
        switch (body["job"], body["person"]) {
        case (.string(let job)?, nil): target = .job(JobID(job))
        case (nil, .string(let person)?) where !person.isEmpty: target = .person(person)
        default: throw Problem.member("", "the body needs either 'job', an id, or 'person', a mail address")
        }
        let isDryRun = try body.flag("dry_run")
        let erasure = try await call.scheduler.erase(target, isDryRun: isDryRun, as: call.caller)
        var answer: JSONObject = [
            "jobs": .array(erasure.jobs.map { .string($0.rawValue) }), "records": JSONValue(erasure.records),
            "refused": .array(
                erasure.refused.map { ["job": .string($0.job.rawValue), "detail": .string($0.why)] }
            ),
            "files": JSONValue(erasure.files), "uploads": JSONValue(erasure.uploads),
            "idempotency_keys": JSONValue(erasure.idempotencyKeys),
            "messages": JSONValue(erasure.messages), "messages_held": JSONValue(erasure.heldMessages),
            "pause_notes": JSONValue(erasure.notes),
            "schedules": .array(erasure.schedules.map { .string($0) }),
            "keys": .array(erasure.keys.map { .string($0) }),
            "agents": .array(erasure.agents.map { .string($0.rawValue) }),
            "holds": .array(erasure.holds.map { .string($0) }),
        ]
        answer["advice"] = advice(erasure).map { .string($0) }
        return call.answer(answer)
    }

    /// What is left to do by hand: nobody but who lives by it can take it away.
    private static func advice(_ erasure: AuditErasure) -> String? {
        var advice: [String] = []
        if !erasure.schedules.isEmpty {
            advice.append("The schedules stay, and their next jobs name the person again: change or remove them")
        }
        if !erasure.keys.isEmpty { advice.append("The keys stay: make others, revoke them, and erase again") }
        if !erasure.agents.isEmpty {
            advice.append("The agents stay: register them anew without the address, or delete them")
        }
        if !erasure.holds.isEmpty {
            advice.append("The holds stay: release them, and say the reason anew without the address")
        }
        return advice.isEmpty ? nil : advice.joined(separator: ". ")
    }
}

extension AuditHold {
    fileprivate var wire: JSONObject {
        var json: JSONObject = ["id": .string(id), "reason": .string(reason), "actor": .string(actor)]
        json["job"] = job.map { .string($0.rawValue) }
        json["since"] = .string(RFC3339.format(since))
        return json
    }
}
