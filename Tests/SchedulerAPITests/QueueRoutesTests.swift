import JSON
import JobModel
import Security
import Testing

@testable import SchedulerAPI

@Suite struct QueueRoutesTests {
    @Test func `the queue is paused, shown in health and explain, and resumed`() async throws {
        try await Stage.with { stage in
            let id = try await stage.submit()
            let order = #"{"scope": "queue", "note": "down"}"#
            let paused = try await stage.call("POST", "/queue/pause", body: order)
            #expect(paused.status == 200 && paused.json["paused"]?["note"] == "down")
            #expect(try await stage.call("GET", "/health").json["paused"] == true)
            #expect(try await stage.call("GET", "/queue").json["paused"]?["by"]?.string?.isEmpty == false)
            let explained = try await stage.call("GET", "/jobs/\(id)/explain")
            #expect(explained.status == 200 && explained.json["causes"]?.array?.isEmpty == false)
            let resumed = try await stage.call("POST", "/queue/resume", body: #"{"scope": "queue"}"#)
            #expect(resumed.json["paused"]?.isNull == true)
            #expect(try await stage.call("GET", "/health").json["paused"] == false)
        }
    }

    @Test func `a pause says what becomes of what runs, and pausing again changes that`() async throws {
        try await Stage.with { stage in
            for running in ["hold", "hand_back"] {
                let body = #"{"running": "\#(running)"}"#
                let paused = try await stage.call("POST", "/queue/pause", body: body).json["paused"]
                #expect(paused?["running"]?.string == running)
            }
            let shown = try await stage.call("POST", "/queue/pause", body: "{}").json["paused"]
            #expect(shown?["running"] == "go_on")
        }
    }

    @Test func `a tenant's limits are set and shown; others may not set them`() async throws {
        try await Stage.with { stage in
            let rate = #"{"count": 60, "per": "1m", "burst": 5}"#
            let body = #"{"tenant": "x", "weight": 3, "concurrency": 4, "rate": \#(rate)}"#
            let set = try await stage.call("PUT", "/queue/limits", body: body)
            #expect(set.status == 200)
            let shown = try await stage.call("GET", "/queue").json["tenants"]?[0]
            #expect(shown?["tenant"] == "x" && shown?["weight"] == 3 && shown?["concurrency"] == 4)
            #expect(shown?["rate"] == ["count": 60, "per": "60000ms", "burst": 5])
            let key = try await stage.authority.createKey(name: "x", tenant: TenantID("x"), role: .admin).reveal()
            #expect(try await stage.call("PUT", "/queue/limits", body: body, key: key).status == 403)
            #expect(try await stage.call("POST", "/queue/pause", body: #"{"scope": "queue"}"#, key: key).status == 403)
            #expect(try await stage.call("POST", "/queue/pause", body: "{}", key: key).json["tenant"] == "x")
        }
    }

    @Test func `a tenant sees how many of its own jobs wait, the operator all of them`() async throws {
        try await Stage.with { stage in
            let acme = try await stage.authority.createKey(name: "a", tenant: TenantID("acme"), role: .operator)
                .reveal()
            for _ in 1...2 { _ = try await stage.submit() }
            let later = #"{"scenario": \#(Stage.scenario()), "not_before": "2999-01-01T00:00:00Z"}"#
            for body in [Stage.scenario(), later] {
                #expect(try await stage.call("POST", "/jobs", body: body, key: acme).status == 202)
            }
            for path in ["/queue", "/health"] {
                let answer = try await stage.call("GET", path, key: acme).json
                let counts = answer["jobs"] ?? answer["queue"]
                #expect(counts == ["ready": 1, "delayed": 1, "leased": 0], "\(path)")
            }
        }
    }

    @Test(arguments: [
        ("pause", #"{"scope": "all"}"#, "/scope"), ("pause", #"{"scope": "queue", "tenant": "x"}"#, "/tenant"),
        ("pause", #"{"note": 1}"#, "/note"), ("resume", #"{"note": "x"}"#, "/note"),
        ("pause", #"{"running": "stop"}"#, "/running"), ("resume", #"{"running": "hold"}"#, "/running"),
        ("limits", #"{"weight": "x"}"#, "/weight"), ("limits", #"{"rate": 5}"#, "/rate"),
        ("limits", #"{"rate": {"count": 5, "per": "often"}}"#, "/rate/per"), ("limits", #"{"wait": 5}"#, "/wait"),
        ("limits", #"{"weight": 101}"#, "/weight"), ("limits", #"{"concurrency": 0}"#, "/concurrency"),
        ("limits", #"{"rate": {"count": 0, "per": "1m"}}"#, "/rate/count"),
        ("limits", #"{"rate": {"count": 1, "per": "1m", "burst": 0}}"#, "/rate/burst"),
        ("limits", #"{"rate": {"count": 1, "per": "2d"}}"#, "/rate/per"),
    ])
    func `what cannot be understood is named`(route: String, body: String, pointer: String) async throws {
        try await Stage.with { stage in
            let answer = try await stage.call(route == "limits" ? "PUT" : "POST", "/queue/\(route)", body: body)
            #expect(answer.status == 400)
            #expect(answer.json["errors"]?[0]?["pointer"]?.string == pointer)
        }
    }
}
