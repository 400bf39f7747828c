import Cryptography
import JSON
import JobModel
import JobScheduler
import Security
import TestSupport
import Testing

@testable import SchedulerAPI

/// Every route × wrong tenant: an id of another tenant looks like one that nobody has.
@Suite struct TenantTests {
    private static let bytes = Array("content".utf8)
    private static let hash = Hex.encode(SHA256.digest(of: bytes).bytes)

    /// One of each thing that has an id, of the default tenant.
    private func things(_ stage: Stage) async throws -> [String: String] {
        let job = try await stage.submit()
        _ = try await stage.lam("agree", job, id: "a1")
        let place = "/jobs/\(job)/artifacts/f?epoch=1&worker=w1&sha256=\(Self.hash)"
        #expect(try await stage.call("PUT", place, body: "content").status == 204)
        let order = #"{"name": "s", "cron": "@daily", "scenario": \#(Stage.scenario())}"#
        let schedule = try await stage.call("POST", "/schedules", body: order).json["id"]?.string ?? ""
        let key =
            try await stage.call("POST", "/keys", body: #"{"name": "k", "role": "viewer"}"#).json["id"]?.string ?? ""
        let registration = #"{"name": "one", "capabilities": ["x"]}"#
        let agent = try await stage.call("POST", "/agents", body: registration).json["id"]?.string ?? ""
        let hold = try await stage.call("POST", "/audit/holds", body: #"{"reason": "r"}"#).json["id"]?.string ?? ""
        let told = #"{"scenario": \#(Stage.scenario()), "webhook": "https://hooks.example/cpa"}"#
        let ended = try await stage.call("POST", "/jobs", body: told).json["id"]?.string ?? ""
        #expect(try await stage.call("DELETE", "/jobs/\(ended)").status == 200)
        let webhook = try await stage.call("GET", "/webhooks").json["webhooks"]?[0]?["id"]?.string ?? ""
        return [
            "jobs": job, "audit": job, "schedules": schedule, "keys": key, "agents": agent, "holds": hold,
            "webhooks": webhook, "sessions": "mine",
        ]
    }

    /// What a route's id names.
    private func subject(_ route: APIRoute) -> String { route.path.contains("/holds/") ? "holds" : route.subject }

    private func target(_ route: APIRoute, _ id: String) -> String {
        let file = route.subject == "sessions" ? "a.txt" : "f"
        let path = route.path.replacing("{id}", with: id).replacing("{job_id}", with: id)
            .replacing("{name}", with: file)
        guard route.method == "PUT", route.path.hasSuffix("artifacts/{name}") else { return path }
        return path + "?epoch=1&worker=w1&sha256=\(Self.hash)"
    }

    private func body(_ route: APIRoute) -> String? {
        guard route.input != nil else { return nil }
        return route.path.hasSuffix("resolve") ? #"{"resolution": "done"}"# : route.method == "PUT" ? "content" : "{}"
    }

    private static let withoutExample: Set<String> = ["intents"]

    @Test func `an id of another tenant is answered as one that nobody has, on every route that takes one`()
        async throws
    {
        try await with { stage in
            let things = try await things(stage)
            let stranger = try await stage.authority.createKey(name: "o", tenant: "other", role: .admin).reveal()
            var tried = 0
            for route in RouteTable.routes where route.path.contains("{") {
                guard let id = things[subject(route)] else {
                    #expect(Self.withoutExample.contains(route.subject), "no example for \(route.path)")
                    continue
                }
                let invented = String(id.dropLast(2)) + "00"
                let answers = try await [id, invented].asyncMap { id in
                    if route.isWebSocket {
                        let (client, answer) = try await stage.watch(
                            target(route, id),
                            headers: [("X-API-Key", stranger)]
                        )
                        await client.close()
                        return Int(answer.split(separator: " ").dropFirst().first ?? "") ?? 0
                    }
                    let answer = try await stage.call(route.method, target(route, id), body: body(route), key: stranger)
                    return answer.status
                }
                #expect(answers == [404, 404], "\(route.method) \(route.path)")
                tried += 1
            }
            #expect(tried >= 14)
            // The same requests by their owner find what is there: the matrix above tested something.
            for route in RouteTable.routes.sorted(by: { $0.method > $1.method }) where route.path.contains("{") {
                guard let id = things[subject(route)], !route.isWebSocket else { continue }
                let answer = try await stage.call(route.method, target(route, id), body: body(route))
                #expect(answer.status != 404, "\(route.method) \(route.path)")
            }
        }
    }

    /// A stage where every kind of thing can be.
    private func with(_ body: (Stage) async throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            let sessions = FakeSessions()
            try #require(sessions.give(directory + "/a.txt", "hello"))
            try await Stage.with(sessions: sessions, webhooks: Receiver(), body)
        }
    }

    @Test func `the lists of another tenant are empty, and what it sends makes nothing of ours`() async throws {
        try await with { stage in
            let things = try await things(stage)
            let stranger = try await stage.authority.createKey(name: "o", tenant: "other", role: .admin).reveal()
            for (path, member) in [
                ("/jobs", "jobs"), ("/dead-letters", "jobs"), ("/schedules", "schedules"), ("/webhooks", "webhooks"),
            ] {
                #expect(try await stage.call("GET", path, key: stranger).json[member] == [], "\(path)")
            }
            let job = things["jobs"] ?? ""
            let audit = try await stage.call("GET", "/audit", key: stranger).json["records"]?.array ?? []
            #expect(audit.allSatisfy { $0["job_id"] == nil && $0["action"] == "key.created" })
            let requeue = #"{"jobs": ["\#(job)"]}"#
            let answer = try await stage.call("POST", "/dead-letters/requeue", body: requeue, key: stranger)
            #expect(answer.json["refused"]?[0]?["code"] == "not_found")
            for path in ["/queue/pause", "/queue/resume"] {
                let order = #"{"tenant": "default"}"#
                #expect(try await stage.call("POST", path, body: order, key: stranger).status == 403, "\(path)")
            }
            #expect(try await stage.call("POST", "/backup", key: stranger).status == 403)
            #expect(try await stage.call("GET", "/jobs/\(job)").json["state"] == "running")
        }
    }
}

/// Takes every call.
struct Receiver: WebhookTransport {
    func refusal(of address: WebhookAddress, tenant: TenantID) -> String? { nil }
    func post(_ request: WebhookRequest) async throws -> WebhookAnswer { WebhookAnswer(status: 204) }
}

extension Sequence {
    fileprivate func asyncMap<R>(_ body: (Element) async throws -> R) async rethrows -> [R] {
        var results: [R] = []
        for element in self { results.append(try await body(element)) }
        return results
    }
}
