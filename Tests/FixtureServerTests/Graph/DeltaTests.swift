import HTTPServer
import JSON
import Testing

@testable import FixtureServer

@Suite struct DeltaTests {
    private static let inbox = GraphDesk.receiver + "/mailFolders/inbox/messages/delta"

    private static func subjects(_ answer: GraphDesk.Answer) -> [String] {
        answer.json["value"]?.array?.compactMap { $0["subject"]?.string } ?? []
    }

    @Test func `the first round gives what is there in pages, the next what came, changed and went`() async throws {
        try await GraphDesk.run { desk in
            for number in 1...3 { try await desk.sent("m\(number)") }
            let small: HTTPFields = ["Prefer": "odata.maxpagesize=2"]
            let first = try await desk.send("GET", Self.inbox + "?$select=subject,isRead", headers: small)
            #expect(Self.subjects(first) == ["m3", "m2"])
            #expect(first.json["@odata.context"] == "http://graph.microsoft.com/v1.0/$metadata#Collection(message)")
            #expect(first.json["value"]?[0]?["@odata.type"] == "#microsoft.graph.message")
            #expect(first.json["@odata.deltaLink"] == nil)
            let second = try await desk.follow(first.json["@odata.nextLink"], headers: small)
            #expect(Self.subjects(second) == ["m1"])
            #expect(second.json["value"]?[0]?["body"] == nil)
            let link = second.json["@odata.deltaLink"]

            let quiet = try await desk.follow(link)
            #expect(quiet.json["value"]?.array?.isEmpty == true)

            let ids = (first.json["value"]?.array ?? []).compactMap { $0["id"]?.string }
            try await desk.send("PATCH", "\(GraphDesk.receiver)/messages/\(ids[0])", #"{"isRead":true}"#)
            try await desk.send("DELETE", "\(GraphDesk.receiver)/messages/\(ids[1])")
            try await desk.sent("m4")
            let round = try await desk.follow(link)
            let value = round.json["value"]?.array ?? []
            try #require(value.count == 3)
            #expect(value[0]["subject"] == "m3")
            #expect(value[0]["isRead"] == true)
            #expect(value[1]["@removed"]?["reason"] == "deleted")
            #expect(value[1]["id"]?.string == ids[1])
            #expect(value[2]["subject"] == "m4")
            // A link may be followed again, after an answer was lost.
            #expect(try await desk.follow(link).json["value"] == round.json["value"])
            #expect(try await desk.follow(round.json["@odata.deltaLink"]).json["value"]?.array?.isEmpty == true)
        }
    }

    @Test func `what came and went between two rounds is not told, what moved out is removed`() async throws {
        try await GraphDesk.run { desk in
            try await desk.sent("stays")
            let first = try await desk.send("GET", Self.inbox)
            let id = try #require(first.json["value"]?[0]?["id"]?.string)
            try await desk.sent("passes")
            let passing = try await desk.send("GET", GraphDesk.receiver + "/mailFolders/inbox/messages?$top=1")
            let passingID = try #require(passing.json["value"]?[0]?["id"]?.string)
            try await desk.send("DELETE", "\(GraphDesk.receiver)/messages/\(passingID)")
            let move = #"{"DestinationId":"archive"}"#
            try await desk.send("POST", "\(GraphDesk.receiver)/messages/\(id)/move", move)
            let round = try await desk.follow(first.json["@odata.deltaLink"])
            #expect(round.json["value"]?.array?.count == 1)
            #expect(round.json["value"]?[0]?["id"]?.string == id)
            #expect(round.json["value"]?[0]?["@removed"] != nil)
        }
    }

    @Test func `changeType chooses, a filter by time holds in every round`() async throws {
        try await GraphDesk.run { desk in
            try await desk.sent("old")
            let created = try await desk.send("GET", Self.inbox + "?changeType=updated")
            #expect(created.json["value"]?.array?.isEmpty == true)
            desk.clock.advance(seconds: 60)
            let time = FixtureClock.rfc3339(desk.clock.now)
            let since = try await desk.send("GET", Self.inbox + "?$filter=receivedDateTime%20ge%20\(time)")
            #expect(since.json["value"]?.array?.isEmpty == true)
            try await desk.sent("new")
            #expect(Self.subjects(try await desk.follow(since.json["@odata.deltaLink"])) == ["new"])
            #expect(try await desk.follow(created.json["@odata.deltaLink"]).json["value"]?.array?.isEmpty == true)
        }
    }

    @Test(arguments: [
        "$search=%22a%22", "$filter=isRead%20eq%20true", "$orderby=subject", "$skip=1", "changeType=moved",
        "$select=nothing",
    ])
    func `what change tracking does not take is refused`(query: String) async throws {
        try await GraphDesk.run { desk in
            let answer = try await desk.send("GET", Self.inbox + "?" + query)
            #expect(answer.status == 400)
        }
    }

    @Test func `a token nobody knows any more is answered with 410, and there is no delta of a whole mailbox`()
        async throws
    {
        try await GraphDesk.run { desk in
            let first = try await desk.send("GET", Self.inbox + "()")
            #expect(first.status == 200)
            await desk.graph.expireDeltas()
            let gone = try await desk.follow(first.json["@odata.deltaLink"])
            #expect(gone.status == 410)
            #expect(gone.code == "syncStateNotFound")
            #expect(try await desk.send("GET", GraphDesk.receiver + "/messages/delta").status == 400)
        }
    }
}
