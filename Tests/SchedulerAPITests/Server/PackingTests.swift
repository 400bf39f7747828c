import JSON
import Testing

@testable import SchedulerAPI

@Suite struct PackingTests {
    @Test func `large answers are packed for whoever takes it, small ones and files are not`() async throws {
        try await Stage.with { stage in
            let plain = try await stage.call("GET", "/openapi.json")
            #expect(plain.field("Content-Encoding") == nil && plain.field("Vary") == "Accept-Encoding")
            let packed = try await stage.call("GET", "/openapi.json", headers: [("Accept-Encoding", "br, gzip;q=0.5")])
            #expect(packed.field("Content-Encoding") == "gzip" && packed.body.starts(with: [0x1F, 0x8B]))
            #expect(packed.body.count * 3 < plain.body.count)
            let schema = try await stage.call("GET", "/schemas/scenario.json", headers: [("Accept-Encoding", "gzip")])
            #expect(schema.field("Content-Encoding") == "gzip" && schema.field("Vary") == "Accept-Encoding")
            let small = try await stage.call("GET", "/livez", headers: [("Accept-Encoding", "gzip")])
            #expect(small.field("Content-Encoding") == nil && small.json["status"] == "ok")
            let refused = try await stage.call("GET", "/openapi.json", headers: [("Accept-Encoding", "gzip;q=0")])
            #expect(refused.field("Content-Encoding") == nil)
        }
    }

    @Test func `a packed body is refused by that name`() async throws {
        try await Stage.with { stage in
            for (path, coding) in [("/jobs", "gzip"), ("/artifacts?name=a", "br"), ("/lam/message", "x")] {
                let headers = [("Content-Encoding", coding)]
                let answer = try await stage.call("POST", path, body: "packed", headers: headers)
                #expect(answer.status == 415 && answer.json["code"] == "unsupported_media_type", "\(path)")
                #expect(answer.json["errors"]?[0]?["parameter"] == "Content-Encoding")
                #expect(answer.field("Accept-Encoding") == "identity")
            }
            let plain = [("Content-Encoding", "identity")]
            #expect(try await stage.call("POST", "/jobs", body: Stage.scenario(), headers: plain).status == 202)
        }
    }
}
