import Cryptography
import HTTPServer
import JSON
import JobModel
import JobScheduler
import Security

/// `POST /ws-tickets`: lets a page open one WebSocket.
enum TicketRoute {
    static let route = APIRoute(
        "POST",
        "/ws-tickets",
        "Gives a ticket for one WebSocket, good once within 30 s from this address",
        .needs(.viewer, .jobsRead),
        input: .json(
            .input([
                "job_id?": .text.described("To watch this job"),
                "session?": .bool.described("To drive a browser: true, without job_id"),
            ]),
            example: ["session": true]
        ),
        answers: [
            .json(
                201,
                .object([
                    "ticket": .text, "path": .text.described("The WebSocket it is for"),
                    "subprotocols": .array(.text).described("What to offer: the second argument of new WebSocket()"),
                    "expires_at": .time,
                ]),
                "The ticket"
            )
        ],
        problems: [404],
        body: give
    )

    private static func give(_ call: APICall) async throws -> HTTPResponse {
        let body = try await call.object()
        try body.refuseMembers(except: ["job_id", "session"])
        let path = try await path(body, call)
        let ticket = call.server.tickets.give(
            to: call.caller,
            credential: call.credential,
            for: path,
            from: call.request.remoteAddress
        )
        guard let ticket else {
            throw Problem(
                status: 503,
                code: "overloaded",
                detail: "Too many tickets were given out and not used",
                retryAfter: 10
            )
        }
        let json: JSONObject = [
            "ticket": .string(ticket), "path": .string(call.link(path)),
            "subprotocols": [.string(WebSocketUpgrade.subprotocol), .string("ticket.\(ticket)")],
            "expires_at": .string(RFC3339.format(call.server.now() + TicketDesk.lifetime)),
        ]
        return call.answer(json, status: 201)
    }

    private static func path(_ body: JSONObject, _ call: APICall) async throws -> String {
        switch (body["job_id"], try body.flag("session")) {
        case (let id?, false):
            guard let id = id.string else { throw Problem.member("/job_id", "must be the id of a job") }
            try await call.scheduler.requireJob(JobID(id), for: call.caller)
            return "/ws/jobs/\(PercentCoding.encode(id))"
        case (nil, true):
            if let refusal = call.caller.refusal(role: .operator, scope: .sessions) {
                throw Problem(status: 403, code: "forbidden", detail: refusal)
            }
            return "/ws/sessions"
        default: throw Problem.member("", "say what it is for: 'job_id', or 'session': true")
        }
    }
}
