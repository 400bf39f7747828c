import HTTPServer
import JSON
import JobModel
import JobScheduler
import Security
import Storage

/// What workers say, and what is on record.
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
            "/audit",
            "The audit chain after a position",
            .needs(.viewer, .auditRead),
            parameters: [.after, .limit(1000, default: 200)],
            answers: [
                .json(
                    .object(["records": .array(.ref("AuditRecord")), "next_after": .count, "has_more": .bool]),
                    "A page of records"
                )
            ],
            body: audit
        ),
        APIRoute(
            "GET",
            "/audit/{job_id}",
            "What was done to a job, by whom",
            .needs(.viewer, .auditRead),
            answers: [.json(.object(["job_id": .text, "records": .array(.ref("AuditRecord"))]), "All of its records")],
            body: auditOfJob
        ),
    ]

    /// What messages and records look like.
    static let schemas: [(name: String, schema: APISchema)] = [
        (
            "LAMMessage",
            .open([
                "id": .text(1...200), "ts": .time, "type": .choice(LAMMessage.MessageType.allCases.map(\.rawValue)),
                "sender": .text, "to": .array(.text), "epoch?": .count, "payload?": .members, "context?": .members,
                "correlation?": .members,
            ]).described("A message of docs/lam.md; members nobody knows are kept")
        ),
        (
            "AuditRecord",
            .object([
                "seq": .count, "ts": .time, "actor": .text, "action": .text, "job_id?": .text, "detail": .any,
                "hash": .sha256,
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
        return call.answer(try await call.scheduler.receive(message))
    }

    private static func audit(_ call: APICall) async throws -> HTTPResponse {
        let after = try call.query("after", "a position from 0") { Int64($0).flatMap { $0 >= 0 ? $0 : nil } } ?? 0
        let limit = try call.query("limit", "a number from 1 to 1000") {
            Int($0).flatMap { (1...1000).contains($0) ? $0 : nil }
        }
        let size = limit ?? 200
        let records = try await call.scheduler.audit(after: after, limit: size, for: call.caller)
        return call.answer([
            "records": .array(records.map { .object($0.json) }),
            "next_after": .integer(records.last?.sequence ?? after),
            "has_more": .bool(records.count == size),
        ])
    }

    private static func auditOfJob(_ call: APICall) async throws -> HTTPResponse {
        let job = JobID(call.parameters["job_id"])
        let records = try await call.scheduler.audit(of: job, for: call.caller)
        return call.answer(["job_id": .string(job.rawValue), "records": .array(records.map { .object($0.json) })])
    }
}
