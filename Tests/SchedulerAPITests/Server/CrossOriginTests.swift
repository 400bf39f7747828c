import Testing

@testable import SchedulerAPI

@Suite struct CrossOriginTests {
    private let question = [
        ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "x-api-key"),
    ]

    @Test func `pages of other origins read nothing unless they are on the list`() async throws {
        try await Stage.with { stage in
            let headers = [("Origin", "https://desk.example")]
            let answer = try await stage.call("GET", "/jobs", headers: headers)
            #expect(answer.status == 200 && answer.field("Access-Control-Allow-Origin") == nil)
            let preflight = try await stage.call("OPTIONS", "/jobs", headers: headers + question)
            #expect(preflight.status == 405 && preflight.field("Access-Control-Allow-Origin") == nil)
        }
    }

    @Test func `an origin on the list may ask and read, and only that one`() async throws {
        try await Stage.with({ $0.allowedOrigins = ["https://desk.example"] }) { stage in
            let origin = [("Origin", "https://desk.example")]
            let preflight = try await stage.call("OPTIONS", "/jobs/x1", key: String?.none, headers: origin + question)
            #expect(preflight.status == 204)
            #expect(preflight.field("Access-Control-Allow-Methods") == "DELETE, GET, HEAD")
            #expect(preflight.field("Access-Control-Allow-Headers")?.contains("X-API-Key") == true)
            let answer = try await stage.call("GET", "/jobs", headers: origin)
            #expect(answer.field("Access-Control-Allow-Origin") == "https://desk.example")
            #expect(answer.field("Access-Control-Allow-Credentials") == nil)
            #expect(answer.field("Access-Control-Expose-Headers")?.contains("ETag") == true)
            #expect(answer.field("Vary") == "Origin")
            for wrong in [
                "https://desk.example.evil", "http://desk.example", "https://desk.example:8443", "null",
                "https://evil.example", "https://DESK.example",
            ] {
                let refused = try await stage.call("OPTIONS", "/jobs/x1", headers: [("Origin", wrong)] + question)
                #expect(refused.status == 405 && refused.field("Access-Control-Allow-Origin") == nil, "\(wrong)")
                let unread = try await stage.call("GET", "/jobs", headers: [("Origin", wrong)])
                #expect(unread.field("Access-Control-Allow-Origin") == nil, "\(wrong)")
            }
        }
    }
}
