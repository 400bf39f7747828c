import JSON
import JobModel
import Testing

@testable import SchedulerAPI

@Suite struct DeadLetterRoutesTests {
    private func fail(_ reason: String, on stage: Stage, _ number: Int) async throws -> String {
        let id = try await stage.submit()
        _ = try await stage.lam("agree", id, id: "a\(number)")
        let failure: JSONObject = ["reason": .string(reason), "message": "x", "retryable": false]
        _ = try await stage.lam("failure", id, payload: failure, id: "f\(number)")
        return id
    }

    @Test func `they are listed in pages, requeued and purged`() async throws {
        try await Stage.with { stage in
            var ids: [String] = []
            for number in 0..<3 { ids.insert(try await fail("mail_rejected", on: stage, number), at: 0) }
            let page = try await stage.call("GET", "/dead-letters?limit=2&reason=mail_rejected")
            #expect(page.json["jobs"]?.array?.compactMap { $0["id"]?.string } == Array(ids[..<2]))
            let cursor = try #require(page.json["next_cursor"]?.string)
            let rest = try await stage.call("GET", "/dead-letters?limit=2&cursor=\(cursor)")
            #expect(rest.json["jobs"]?.array?.compactMap { $0["id"]?.string } == [ids[2]])
            let order = #"{"jobs": ["\#(ids[0])", "none"], "dry_run": true}"#
            let dry = try await stage.call("POST", "/dead-letters/requeue", body: order)
            #expect(dry.json["requeued"] == 1 && dry.json["dry_run"] == true)
            #expect(dry.json["refused"]?[0]?["code"] == "not_found")
            let some = #"{"filter": {"reason": ["mail_rejected"]}, "limit": 1}"#
            let done = try await stage.call("POST", "/dead-letters/requeue", body: some)
            #expect(done.json["jobs"] == [.string(ids[0])] && done.json["has_more"] == true)
            #expect(try await stage.call("GET", "/jobs/\(ids[0])").json["state"] == "pending")
            let purged = try await stage.call("POST", "/dead-letters/purge", body: #"{"filter": {}}"#)
            #expect(purged.json["purged"] == 2)
            #expect(try await stage.call("GET", "/jobs/\(ids[1])").status == 404)
        }
    }

    @Test(arguments: [
        (#"{}"#, ""), (#"{"jobs": [], "filter": {}}"#, ""), (#"{"jobs": "x"}"#, "/jobs"),
        (#"{"filter": []}"#, "/filter"), (#"{"filter": {"reson": "x"}}"#, "/filter/reson"),
        (#"{"filter": {"reason": "nope"}}"#, "/filter/reason"), (#"{"filter": {"status": "done"}}"#, "/filter/status"),
        (#"{"filter": {"older_than": "old"}}"#, "/filter/older_than"), (#"{"filter": {}, "limit": 0}"#, "/limit"),
        (#"{"filter": {}, "dry_run": 1}"#, "/dry_run"), (#"{"filter": {}, "fresh": true}"#, "/fresh"),
    ])
    func `a purge that cannot be understood touches nothing`(body: String, pointer: String) async throws {
        try await Stage.with { stage in
            let id = try await fail("mail_rejected", on: stage, 0)
            let answer = try await stage.call("POST", "/dead-letters/purge", body: body)
            #expect(answer.status == 400)
            #expect(answer.json["errors"]?[0]?["pointer"]?.string == pointer)
            #expect(try await stage.call("GET", "/jobs/\(id)").status == 200)
        }
    }
}
