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
            let small = try await stage.call("GET", "/livez", headers: [("Accept-Encoding", "gzip")])
            #expect(small.field("Content-Encoding") == nil && small.json["status"] == "ok")
            let refused = try await stage.call("GET", "/openapi.json", headers: [("Accept-Encoding", "gzip;q=0")])
            #expect(refused.field("Content-Encoding") == nil)
        }
    }
}
