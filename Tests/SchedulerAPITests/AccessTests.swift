import JSON
import JobModel
import Security
import Storage
import Telemetry
import TestSupport
import Testing

@testable import SchedulerAPI

@Suite struct AccessTests {
    @Test func `nothing but health is served without a key, whatever the route`() async throws {
        try await Stage.with { stage in
            for route in RouteTable.routes {
                let path = route.path.replacing("{id}", with: "x").replacing("{name}", with: "y")
                    .replacing("{job_id}", with: "x")
                for key in [String?.none, "cpa_0000000000000000_AAAA", "nonsense"] {
                    let answer = try await stage.call(
                        route.method,
                        path,
                        body: route.input == nil ? nil : "{}",
                        key: key
                    )
                    switch route.access {
                    case .needs:
                        #expect(answer.status == 401, "\(route.method) \(path)")
                        #expect(answer.json["code"] == "unauthenticated")
                        #expect(answer.field("WWW-Authenticate") != nil)
                    case .open, .openWithDetails: #expect(answer.status == 200, "\(route.method) \(path)")
                    }
                }
            }
        }
    }

    @Test func `who is not let in stands in the log with address and reason, so often a minute, without the key`()
        async throws
    {
        let log = MemoryLogSink(level: .info)
        try await Stage.with(logger: Logger(sink: log)) { stage in
            let viewer = try await stage.authority.createKey(name: "v", tenant: .default, role: .viewer)
            _ = try await stage.call("POST", "/jobs", body: Stage.scenario(), key: viewer.reveal())
            _ = try await stage.call("GET", "/jobs", key: String?.none)
            let wrong = APIKey.generate().reveal()
            for _ in 0..<20 { _ = try await stage.call("GET", "/jobs", key: wrong) }
            let lines = log.lines.filter { $0.message == "A caller was refused" }
            #expect((10...13).contains(lines.count) && lines.allSatisfy { $0.metadata["remote"] == "127.0.0.1" })
            #expect(lines[0].metadata["caller"] == viewer.id && lines[0].metadata["why"]?.contains("viewer") == true)
            #expect(lines[1].metadata["why"] == "no key or token" && lines[1].metadata["route"] == "/jobs")
            #expect(lines[2].metadata["why"] == "the key, token or ticket is not valid")
            #expect(!log.text.contains(wrong))
        }
    }

    @Test func `health has details only with a key`() async throws {
        try await Stage.with { stage in
            #expect(try await stage.call("GET", "/health", key: String?.none).json == ["status": "ok"])
            let details = try await stage.call("GET", "/health").json
            for name in ["disk", "store", "index"] { #expect(details[name] == "ok", "\(name)") }
            #expect(details["queue"]?["ready"] == 0)
        }
    }

    @Test func `draining refuses jobs and readiness, and goes on answering`() async throws {
        try await Stage.with { stage in
            stage.server.drain()
            #expect(try await stage.call("GET", "/readyz").status == 503)
            #expect(try await stage.call("GET", "/livez").status == 200)
            let refused = try await stage.call("POST", "/jobs", body: Stage.scenario())
            #expect(refused.status == 503)
            #expect(refused.field("Retry-After") != nil)
            #expect(try await stage.call("GET", "/jobs").status == 200)
        }
    }

    @Test func `a key of one tenant cannot speak as a worker of another's job`() async throws {
        try await Stage.with { stage in
            let id = try await stage.submit()
            let other = try await stage.authority.createKey(name: "other", tenant: TenantID("other"), role: .admin)
                .reveal()
            let message: JSONObject = [
                "id": "m1", "ts": "2026-03-01T08:30:00Z", "type": "agree", "sender": "agent://worker/w1",
                "to": ["agent://scheduler"], "epoch": 1, "payload": ["job_id": .string(id), "worker": "w1"],
            ]
            #expect(try await stage.call("POST", "/lam/message", body: message.text(), key: other).status == 404)
            var posing = message
            posing["context"] = ["tenant": "default"]
            #expect(try await stage.call("POST", "/lam/message", body: posing.text(), key: other).status == 403)
            #expect(try await stage.call("GET", "/jobs/\(id)").json["state"] == "pending")
        }
    }

    @Test func `request id and trace go in and out, harmless ones only`() async throws {
        try await Stage.with { stage in
            let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
            let headers = [("X-Request-Id", "abc-1"), ("traceparent", trace)]
            let answer = try await stage.call("GET", "/jobs/none", headers: headers)
            #expect(answer.field("X-Request-Id") == "abc-1")
            #expect(answer.field("traceparent") == trace)
            #expect(answer.json["request_id"] == "abc-1")
            let bad = [("X-Request-Id", "a b\""), ("traceparent", "00-0-0-0")]
            let other = try await stage.call("GET", "/jobs/none", headers: bad)
            #expect(other.field("X-Request-Id") != "a b\"")
            #expect(other.field("traceparent") == nil)
        }
    }

    @Test func `a parameter that is given twice is refused by its name`() async throws {
        try await Stage.with { stage in
            for query in ["limit=1&limit=2", "status=done&status=failed", "cursor=&limit=1&limit=1"] {
                let answer = try await stage.call("GET", "/jobs?\(query)")
                let name = query.hasPrefix("status") ? "status" : "limit"
                #expect(answer.status == 400 && answer.json["errors"]?[0]?["parameter"]?.string == name, "\(query)")
                #expect(answer.json["detail"]?.string?.contains("given twice") == true)
            }
        }
    }

    @Test func `a byte order mark before JSON is no part of it`() async throws {
        try await Stage.with { stage in
            let mark = "\u{FEFF}"
            let envelope = #"{"scenario": \#(Stage.scenario()), "unique_key": "u"}"#
            #expect(try await stage.call("POST", "/jobs", body: mark + envelope).status == 202)
            #expect(try await stage.call("GET", "/jobs").json["jobs"]?.array?.count == 1)
            let key = try await stage.call("POST", "/keys", body: mark + #"{"name": "x", "role": "viewer"}"#)
            #expect(key.status == 201)
            #expect(try await stage.call("POST", "/keys", body: mark).json["code"] == "invalid_input")
        }
    }

    @Test func `a filter that says nothing and a file that was not sent are refused`() async throws {
        try await Stage.with { stage in
            for query in ["older_than=", "status=", "reason=", "status=dead,"] {
                #expect(try await stage.call("GET", "/dead-letters?\(query)").status == 400, "\(query)")
            }
            let missing = try await stage.call("POST", "/artifacts?name=a")
            #expect(missing.status == 411 && missing.json["code"] == "length_required")
            let empty = try await stage.call("POST", "/artifacts?name=a", body: "")
            #expect(empty.status == 201 && empty.json["bytes"] == 0)
        }
    }

    @Test func `a key that is revoked while its call waits hears of nothing more`() async throws {
        try await Stage.with({ $0.keyCheckInterval = .milliseconds(30) }) { stage in
            let key = try await stage.authority.createKey(name: "short", tenant: .default, role: .operator)
            async let job = stage.call("POST", "/jobs?wait=20s", body: Stage.scenario(), key: key.reveal())
            while try await stage.call("GET", "/jobs").json["jobs"]?.array?.isEmpty != false {}
            try await stage.authority.revoke(key.id)
            #expect(try await job.status == 401)

            let order = #"{"name": "one", "capabilities": ["x"]}"#
            let agent = try await stage.call("POST", "/agents", body: order).json["api_key"]?.string ?? ""
            async let box = stage.call("GET", "/agents/one/messages?wait=20s", key: agent)
            let id = try #require(APIKey(parsing: agent)).id
            while try await stage.authority.keys(of: .default).first(where: { $0.id == id })?.lastUsed == nil {}
            try await stage.authority.revoke(id)
            let answer = try await box
            #expect(answer.status == 401 && answer.json["messages"] == nil)
        }
    }

    @Test func `a key that is good goes on waiting`() async throws {
        try await Stage.with({ $0.keyCheckInterval = .milliseconds(5) }) { stage in
            let answer = try await stage.call("POST", "/jobs?wait=100ms", body: Stage.scenario())
            #expect(answer.status == 202)
        }
    }

    @Test func `unknown paths and methods are problems too, and so is a foreign host`() async throws {
        try await Stage.with { stage in
            let unknown = try await stage.call("GET", "/nope")
            #expect(unknown.status == 404 && unknown.json["code"] == "not_found")
            let method = try await stage.call("PATCH", "/jobs")
            #expect(method.status == 405 && method.field("Allow") == "GET, HEAD, POST")
            let answer = try await stage.call("GET", "/jobs", headers: [("Host", "evil.example")])
            #expect(answer.status == 400)
        }
    }
}
