import JSON
import JobModel
import Testing

@testable import SchedulerAPI

@Suite struct JobRoutesTests {
    @Test func `a scenario is accepted with 202, a place and links, in JSON and in YAML, under both roots`()
        async throws
    {
        try await Stage.with { stage in
            let answer = try await stage.call("POST", "/jobs", body: Stage.scenario())
            #expect(answer.status == 202)
            let id = try #require(answer.json["id"]?.string)
            #expect(answer.field("Location") == "/jobs/\(id)")
            #expect(answer.json["state"] == "pending")
            let yaml = "name: y\ntasks:\n  - action: goto\n    url: https://x.example/\n"
            let other = try await stage.call(
                "POST",
                "/api/v1/jobs",
                body: yaml,
                headers: [("Content-Type", "text/yaml")]
            )
            #expect(other.status == 202)
            #expect(other.field("Location")?.hasPrefix("/api/v1/jobs/j") == true)
            #expect(other.json["links"]?["watch"]?.string?.hasPrefix("/api/v1/ws/jobs/") == true)
            let shown = try await stage.call("GET", "/jobs/\(id)")
            #expect(shown.status == 200)
            #expect(shown.json["scenario"]?["tasks"]?[0]?["action"] == "goto")
            let tag = try #require(shown.field("ETag"))
            #expect(try await stage.call("GET", "/jobs/\(id)", headers: [("If-None-Match", tag)]).status == 304)
        }
    }

    @Test func `a job is cancelled, run again and resolved only as it was seen, when the caller says so`() async throws
    {
        try await Stage.with { stage in
            func tag(_ job: String) async throws -> String {
                try #require(try await stage.call("GET", "/jobs/\(job)").field("ETag"))
            }
            let job = try await stage.submit()
            let seen = try await tag(job)
            _ = try await stage.lam("agree", job, id: "a1")
            for value in [seen, "W/\"1-1\"", "\"x\", \(seen)", "nonsense", ""] {
                let refused = try await stage.call("DELETE", "/jobs/\(job)", headers: [("If-Match", value)])
                #expect(refused.status == 412, "\(value)")
                #expect(refused.json["code"] == "precondition_failed")
                #expect(refused.json["detail"]?.string?.contains("it is running now") == true)
            }
            #expect(try await stage.call("GET", "/jobs/\(job)").json["stop_reason"] ?? .null == .null)
            let current = [("If-Match", "\"1-1\", \(try await tag(job))")]
            #expect(try await stage.call("DELETE", "/jobs/\(job)", headers: current).status == 202)
            let other = try await stage.submit()
            #expect(try await stage.call("DELETE", "/jobs/\(other)", headers: [("If-Match", "*")]).status == 200)
            let ended = try await tag(other)
            let retry = "/jobs/\(other)/retry"
            #expect(try await stage.call("POST", retry, headers: [("If-Match", "\"1-1\"")]).status == 412)
            #expect(try await stage.call("POST", retry, headers: [("If-Match", ended)]).status == 202)
            let resolve = "/jobs/\(other)/resolve"
            let word = #"{"resolution": "done"}"#
            #expect(try await stage.call("POST", resolve, body: word, headers: [("If-Match", ended)]).status == 412)
            let now = try await tag(other)
            #expect(try await stage.call("POST", resolve, body: word, headers: [("If-Match", now)]).status == 409)
        }
    }

    @Test func `what is wrong with a scenario is told with pointer and line`() async throws {
        try await Stage.with { stage in
            let body = "{\n  \"name\": \"x\",\n  \"tasks\": [{\"action\": \"clik\", \"selector\": \"#a\"}]\n}"
            let answer = try await stage.call("POST", "/jobs", body: body)
            #expect(answer.status == 400)
            #expect(answer.field("Content-Type") == "application/problem+json")
            #expect(answer.json["code"] == "invalid_input")
            #expect(answer.json["status"] == 400)
            let error = answer.json["errors"]?[0]
            #expect(error?["pointer"] == "/tasks/0/action")
            #expect(error?["line"] == 3)
            #expect(error?["detail"]?.string?.contains("click") == true)
        }
    }

    @Test(arguments: [
        ("", 400), ("{", 400), ("[]", 400), ("{\"tasks\": []}", 400), ("{\"scenario\": 1}", 400),
        ("{\"scenario\": {\"tasks\": [{\"action\": \"goto\", \"url\": \"https://x/\"}]}, \"nope\": 1}", 400),
        (
            "{\"scenario\": {\"tasks\": [{\"action\": \"goto\", \"url\": \"https://x/\"}]}, \"files\": {\"a\": \"b\"}}",
            400
        ),
        ("{\"a\": 1, \"a\": 2}", 400), (String(repeating: "[", count: 100), 400),
    ])
    func `a broken submission is a 400 with a problem, never a 500`(body: String, status: Int) async throws {
        try await Stage.with { stage in
            let answer = try await stage.call("POST", "/jobs", body: body)
            #expect(answer.status == status)
            #expect(answer.json["type"]?.string?.hasPrefix("urn:cpa:problem:") == true)
        }
    }

    @Test func `no body is 411, another type 415, too much 413`() async throws {
        try await Stage.with({ $0.bodyLimit = 1000 }) { stage in
            #expect(try await stage.call("POST", "/jobs").status == 411)
            let typed = try await stage.call("POST", "/jobs", body: "a=b", headers: [("Content-Type", "text/plain")])
            #expect(typed.status == 415)
            let large = String(repeating: " ", count: 1001)
            #expect(try await stage.call("POST", "/jobs", body: large).status == 413)
        }
    }

    @Test func `one idempotency key is one job, and 422 for another one`() async throws {
        try await Stage.with { stage in
            let header = [("Idempotency-Key", "k-1")]
            let first = try await stage.call("POST", "/jobs", body: Stage.scenario(), headers: header)
            let second = try await stage.call("POST", "/jobs", body: Stage.scenario(), headers: header)
            #expect(first.json["id"] == second.json["id"])
            let other = try await stage.call("POST", "/jobs", body: Stage.scenario("other"), headers: header)
            #expect(other.status == 422)
            #expect(other.json["code"] == "idempotency_mismatch")
        }
    }

    @Test func `an envelope brings variables, files and a start`() async throws {
        try await Stage.with { stage in
            let file = try await stage.call("POST", "/artifacts?name=in.txt", body: "hello")
            #expect(file.status == 201)
            let hash = try #require(file.json["sha256"]?.string)
            let body: JSONObject = [
                "scenario": [
                    "name": "v", "variables": ["who": "a"],
                    "tasks": [["action": "goto", "url": "https://x.example/{{ variables.who }}"]],
                ],
                "variables": ["who": "b"], "files": ["in.txt": .string(hash)], "not_before": "2999-01-01T00:00:00Z",
            ]
            let answer = try await stage.call("POST", "/jobs", body: body.text())
            #expect(answer.status == 202)
            #expect(answer.json["state"] == "scheduled")
            let id = answer.json["id"]?.string ?? ""
            let job = try await stage.call("GET", "/jobs/\(id)")
            #expect(job.json["scenario"]?["variables"]?["who"] == "b")
            let back = try await stage.call("GET", "/jobs/\(id)/artifacts/in.txt")
            #expect(String(decoding: back.body, as: UTF8.self) == "hello")
            var unknown = body
            unknown["variables"] = ["whom": "b"]
            let refused = try await stage.call("POST", "/jobs", body: unknown.text())
            #expect(refused.json["errors"]?[0]?["pointer"] == "/variables/whom")
        }
    }

    @Test func `waiting answers 200 when the job ends, 202 when it does not`() async throws {
        try await Stage.with { stage in
            let slow = try await stage.call("POST", "/jobs?wait=20ms", body: Stage.scenario())
            #expect(slow.status == 202)
            let header = [("Idempotency-Key", "w")]
            let id = try await stage.call("POST", "/jobs", body: Stage.scenario(), headers: header).json["id"]?.string
            async let waiting = stage.call("POST", "/jobs?wait=30s", body: Stage.scenario(), headers: header)
            try await stage.finish(id ?? "")
            let answer = try await waiting
            #expect(answer.status == 200)
            #expect(answer.json["state"] == "done")
            #expect(answer.json["outputs"] == ["x": 1])
            for wrong in ["soon", "61s", "1m1ms"] {
                let refused = try await stage.call("POST", "/jobs?wait=\(wrong)", body: Stage.scenario())
                #expect(refused.status == 400 && refused.json["errors"]?[0]?["parameter"] == "wait", "\(wrong)")
            }
        }
    }

    @Test func `a list is paged by cursor, newest first, without a total`() async throws {
        try await Stage.with { stage in
            var ids: [String] = []
            for index in 0..<5 { ids.insert(try await stage.submit("n\(index)"), at: 0) }
            _ = try await stage.call("DELETE", "/jobs/\(ids[0])")
            var seen: [String] = []
            var path = "/jobs?limit=2"
            for _ in 0..<4 {
                let page = try await stage.call("GET", path)
                #expect(page.status == 200)
                seen += (page.json["jobs"]?.array ?? []).compactMap { $0["id"]?.string }
                guard let cursor = page.json["next_cursor"]?.string else { break }
                path = "/jobs?limit=2&cursor=\(cursor)"
            }
            #expect(seen == ids)
            let cancelled = try await stage.call("GET", "/jobs?status=cancelled")
            #expect(cancelled.json["jobs"]?.array?.compactMap { $0["id"]?.string } == [ids[0]])
            let rest = try await stage.call("GET", "/jobs?status=pending,done&offset=1&limit=2")
            #expect(rest.json["jobs"]?.array?.compactMap { $0["id"]?.string } == Array(ids[2...3]))
            for query in ["limit=0", "limit=x", "offset=-1", "status=nope", "cursor=zzz"] {
                #expect(try await stage.call("GET", "/jobs?\(query)").status == 400, "\(query)")
            }
        }
    }

    @Test func `a job is cancelled, retried, and told apart when that makes no sense`() async throws {
        try await Stage.with { stage in
            let id = try await stage.submit()
            #expect(try await stage.call("POST", "/jobs/\(id)/retry", body: "{}").status == 409)
            let cancelled = try await stage.call("DELETE", "/jobs/\(id)")
            #expect(cancelled.status == 200)
            #expect(cancelled.json["state"] == "cancelled")
            let retried = try await stage.call("POST", "/jobs/\(id)/retry")
            #expect(retried.status == 202)
            #expect(retried.json["state"] == "pending")
            #expect(try await stage.lam("agree", id, id: "a1").status == 200)
            #expect(try await stage.call("DELETE", "/jobs/\(id)").status == 202)
            #expect(try await stage.call("POST", "/jobs/\(id)/resolve", body: #"{"resolution":"done"}"#).status == 409)
            let word = try await stage.call("POST", "/jobs/\(id)/resolve", body: #"{"resolution":"maybe"}"#)
            #expect(word.json["errors"]?[0]?["pointer"] == "/resolution")
            for (method, path) in [
                ("GET", "/jobs/none"), ("DELETE", "/jobs/none"), ("POST", "/jobs/none/retry"),
                ("GET", "/jobs/none/events"), ("GET", "/jobs/\(id)/artifacts/none"), ("GET", "/audit/none"),
            ] {
                #expect(try await stage.call(method, path).status == 404, "\(method) \(path)")
            }
        }
    }

    @Test func `a step in doubt is resolved by a human`() async throws {
        try await Stage.with { stage in
            let id = try await stage.submit()
            _ = try await stage.lam("agree", id, id: "a")
            let intent: JSONObject = ["kind": "intent", "step_id": "open", "iteration": 0, "action": "goto"]
            _ = try await stage.lam("inform", id, payload: intent, id: "i")
            let failure: JSONObject = [
                "reason": "step_in_doubt", "message": "?", "retryable": false, "failed_step": "open",
            ]
            _ = try await stage.lam("failure", id, payload: failure, id: "f")
            #expect(try await stage.call("GET", "/jobs/\(id)").json["state"] == "needs_review")
            let answer = try await stage.call("POST", "/jobs/\(id)/resolve", body: #"{"resolution":"redo"}"#)
            #expect(answer.status == 200)
            #expect(answer.json["state"] == "pending")
        }
    }

    @Test func `events come in order after a position`() async throws {
        try await Stage.with { stage in
            let id = try await stage.submit()
            try await stage.finish(id)
            let all = try await stage.call("GET", "/jobs/\(id)/events")
            let sequence = all.json["events"]?.array?.compactMap { $0["seq"]?.int64 } ?? []
            #expect(sequence == Array(1...Int64(sequence.count)) && sequence.count >= 4)
            #expect(all.json["events"]?.array?.last?["type"] == "end")
            let rest = try await stage.call("GET", "/jobs/\(id)/events?after=2&limit=1")
            #expect(rest.json["events"]?.array?.map { $0["seq"] } == [3])
            #expect(rest.json["next_after"] == 3)
            #expect(rest.json["has_more"] == true)
        }
    }
}
