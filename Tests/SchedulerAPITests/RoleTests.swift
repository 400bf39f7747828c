import JSON
import JobModel
import Security
import Testing

@testable import SchedulerAPI

@Suite struct RoleTests {
    private func example(_ path: String) -> String {
        path.split(separator: "/").map { $0.hasPrefix("{") ? "/x1" : "/\($0)" }.joined()
    }

    private func status(_ route: APIRoute, _ key: String, _ stage: Stage) async throws -> Int {
        let body = route.input == nil ? nil : "{}"
        return try await stage.call(route.method, example(route.path), body: body, key: key).status
    }

    @Test func `every route lets in the roles it names and those above, and refuses those below`() async throws {
        try await Stage.with { stage in
            for role in Role.allCases {
                let key = try await stage.authority.createKey(name: "x", tenant: .default, role: role).reveal()
                for route in RouteTable.routes {
                    guard case .needs(let needed, _, _) = route.access else { continue }
                    let status = try await status(route, key, stage)
                    #expect((status == 403) == (role < needed), "\(role): \(route.method) \(route.path)")
                }
            }
        }
    }

    @Test func `a key narrowed to a scope reaches the routes of that scope and no other`() async throws {
        try await Stage.with { stage in
            for scope in Scope.allCases {
                let order = KeyOrder(name: "x", tenant: .default, role: .admin, scopes: [scope])
                let key = try await stage.authority.createKey(order).reveal()
                var reached = 0
                for route in RouteTable.routes {
                    guard case .needs(_, let needed, let others) = route.access else { continue }
                    let status = try await status(route, key, stage)
                    let isClosed = scope != needed && !others.contains(scope)
                    #expect((status == 403) == isClosed, "\(scope): \(route.method) \(route.path)")
                    reached += status == 403 ? 0 : 1
                }
                #expect(reached > 0, "the scope \(scope.rawValue) opens nothing")
            }
        }
    }

    @Test func `a request in LAM takes the scope of those who make jobs, all else that of work`() async throws {
        try await Stage.with { stage in
            let job = try await stage.submit()
            func narrowed(_ scopes: Set<Scope>) async throws -> String {
                let order = KeyOrder(name: "x", tenant: .default, role: .operator, scopes: scopes)
                return try await stage.authority.createKey(order).reveal()
            }
            func send(_ type: String, _ key: String, payload: String) async throws -> Stage.Answer {
                let body =
                    #"{"id": "\#(type)-\#(key.suffix(6))", "ts": "2026-03-01T08:30:00Z", "type": "\#(type)", "#
                    + #""sender": "agent://desk/me", "to": ["agent://scheduler"], "payload": \#(payload)}"#
                return try await stage.call("POST", "/lam/message", body: body, key: key)
            }
            let scenario = #"{"scenario": \#(Stage.scenario())}"#
            let proposal = #"{"job_id": "\#(job)", "proposal": 1}"#
            let (work, write) = (try await narrowed([.work]), try await narrowed([.jobsWrite]))
            let refused = try await send("request", work, payload: scenario)
            #expect(refused.status == 403 && refused.json["detail"]?.string?.contains("'jobs:write'") == true)
            #expect(try await send("request", write, payload: scenario).status == 200)
            #expect(try await send("propose", work, payload: proposal).status == 200)
            let foreign = try await send("propose", write, payload: proposal)
            #expect(foreign.status == 403 && foreign.json["detail"]?.string?.contains("'agent' or 'work'") == true)
            let agent = try await narrowed([.agent])
            #expect(try await send("propose", agent, payload: proposal).status == 200)
            let workers = try await send("agree", agent, payload: #"{"job_id": "\#(job)", "worker": "w1"}"#)
            #expect(workers.status == 403 && workers.json["detail"]?.string?.contains("scope 'work'") == true)
            #expect(try await stage.call("GET", "/jobs").json["jobs"]?.array?.count == 2)
        }
    }

    @Test func `an agent's own key makes no job, not among several messages either`() async throws {
        try await Stage.with { stage in
            let agent = try await stage.call("POST", "/agents", body: #"{"name": "one", "capabilities": ["x"]}"#)
            let request =
                #"{"id": "r1", "ts": "2026-03-01T08:30:00Z", "type": "request", "sender": "agent://agent/one", "#
                + #""to": ["agent://scheduler"], "payload": {"capability": "x"}}"#
            let answer = try await stage.call(
                "POST",
                "/lam/messages",
                body: #"{"messages": [\#(request)]}"#,
                key: agent.json["api_key"]?.string
            )
            #expect(answer.json["results"]?[0]?["status"] == 403, "\(answer.json.text())")
            #expect(try await stage.call("GET", "/jobs").json["jobs"] == [])
        }
    }
}
