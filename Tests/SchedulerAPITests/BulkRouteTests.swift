import JSON
import Testing

@testable import SchedulerAPI

@Suite struct BulkRouteTests {
    private let good = Stage.scenario()
    private let bad = #"{"tasks": [{"action": "klick"}]}"#

    @Test func `an array and lines are taken, each with its own answer`() async throws {
        try await Stage.with { stage in
            let envelope = #"{"scenario": \#(good), "idempotency_key": "k", "unique_key": "u"}"#
            let array = try await stage.call("POST", "/jobs/bulk", body: "[\(good), \(bad), \(envelope), \(envelope)]")
            #expect(array.status == 200)
            #expect(array.json["accepted"] == 3 && array.json["refused"] == 1)
            let results = array.json["results"]?.array ?? []
            #expect(results.map { $0["status"] } == [202, 400, 202, 202])
            #expect(results[1]["errors"]?[0]?["pointer"] == "/tasks/0/action")
            #expect(results[2]["id"] == results[3]["id"])
            let lines = try await stage.call(
                "POST",
                "/jobs/bulk",
                body: "\(good)\n\nnonsense\n\(#"{"scenario": \#(good), "unique_key": "u"}"#)\n",
                headers: [("Content-Type", "application/x-ndjson")]
            )
            #expect(lines.json["results"]?.array?.map { $0["status"] } == [202, 400, 409])
        }
    }

    @Test func `atomic refuses all and says where each is wrong`() async throws {
        try await Stage.with { stage in
            let read = try await stage.call("POST", "/jobs/bulk?atomic=true", body: "[\(good), \(bad)]")
            #expect(read.status == 400)
            #expect(read.json["errors"]?[0]?["pointer"] == "/1/tasks/0/action")
            let taken = #"{"scenario": \#(good), "unique_key": "u"}"#
            let stored = try await stage.call("POST", "/jobs/bulk?atomic=true", body: "[\(good), \(taken), \(taken)]")
            #expect(stored.status == 409)
            #expect(stored.json["errors"]?[0]?["pointer"] == "/2")
            #expect(try await stage.call("GET", "/jobs").json["jobs"] == [])
        }
    }

    @Test(arguments: [
        ("[]", "", 400), ("{}", "", 400), ("[", "", 400), ("[1]", "?atomic=maybe", 400), ("[1, null, []]", "", 200),
    ])
    func `what is no array of submissions is refused`(body: String, query: String, status: Int) async throws {
        try await Stage.with { stage in
            let answer = try await stage.call("POST", "/jobs/bulk\(query)", body: body)
            #expect(answer.status == status)
            if status == 200 { #expect(answer.json["refused"] == 3) }
            #expect(try await stage.call("GET", "/jobs").json["jobs"] == [])
        }
    }
}
