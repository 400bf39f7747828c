import HTTPServer
import JSON
import Testing

@testable import FixtureServer

@Suite struct BatchTests {
    private static func batch(_ desk: GraphDesk, _ requests: String) async throws -> GraphDesk.Answer {
        try await desk.send("POST", "/v1.0/$batch", #"{"requests":[\#(requests)]}"#)
    }

    @Test func `requests of a batch are answered each for itself, a failed one stops those behind it`() async throws {
        try await GraphDesk.run { desk in
            let user = "/users/buero@kanzlei.example"
            let json = #""headers":{"Content-Type":"application/json"}"#
            let answer = try await Self.batch(
                desk,
                """
                {"id":"1","method":"POST","url":"\(user)/messages",\(json),"body":{"subject":"aus dem Stapel"}},
                {"id":"2","method":"GET","url":"\(user)/messages?$select=subject","dependsOn":["1"]},
                {"id":"3","method":"GET","url":"https://graph.microsoft.com/v1.0\(user)/messages/x"},
                {"id":"4","method":"GET","url":"\(user)/mailFolders/inbox","dependsOn":["3"]}
                """
            )
            #expect(answer.status == 200)
            let parts = answer.json["responses"]?.array ?? []
            #expect(parts.compactMap { $0["status"]?.int } == [201, 200, 400, 424])
            #expect(parts[1]["body"]?["value"]?[0]?["subject"] == "aus dem Stapel")
            #expect(parts[2]["body"]?["error"]?["code"] == "ErrorInvalidIdMalformed")
            #expect(parts[0]["headers"]?["Location"] != nil)
        }
    }

    @Test func `too many, none, equal ids and wrong order are refused as a whole`() async throws {
        try await GraphDesk.run { desk in
            let get = #""method":"GET","url":"/users/buero@kanzlei.example/messages""#
            let many = (0..<21).map { #"{"id":"\#($0)",\#(get)}"# }.joined(separator: ",")
            let tooMany = try await Self.batch(desk, many)
            #expect(tooMany.status == 400)
            #expect(try await Self.batch(desk, "").status == 400)
            #expect(try await Self.batch(desk, #"{"id":"1",\#(get)},{"id":"1",\#(get)}"#).status == 400)
            #expect(
                try await Self.batch(desk, #"{"id":"1",\#(get),"dependsOn":["2"]},{"id":"2",\#(get)}"#).status == 400
            )
        }
    }
}
