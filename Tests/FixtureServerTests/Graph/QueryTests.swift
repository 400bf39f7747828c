import Cryptography
import HTTPServer
import JSON
import Testing

@testable import FixtureServer

@Suite struct QueryTests {
    private static func subjects(_ desk: GraphDesk, _ query: String) async throws -> [String] {
        let answer = try await desk.send("GET", "\(GraphDesk.mailbox)/messages?\(query)")
        #expect(answer.status == 200, "\(query): \(answer.text)")
        return answer.json["value"]?.array?.compactMap { $0["subject"]?.string } ?? []
    }

    @Test func `messages are found by filter, search, order and page`() async throws {
        try await GraphDesk.run { desk in
            for subject in ["Rechnung 1", "Mahnung", "Rechnung 2"] {
                _ = try await desk.draft(subject)
                desk.clock.advance(seconds: 60)
            }
            func encoded(_ text: String) -> String { PercentCoding.encode(text) }
            #expect(try await Self.subjects(desk, "$filter=" + encoded("startswith(subject,'rechnung')")).count == 2)
            #expect(try await Self.subjects(desk, "$search=" + encoded("\"subject:Mahnung\"")) == ["Mahnung"])
            #expect(
                try await Self.subjects(desk, "$search=" + encoded("\"to:anna participants:kunde.example\"")).count == 3
            )
            #expect(try await Self.subjects(desk, "$orderby=subject") == ["Mahnung", "Rechnung 1", "Rechnung 2"])
            let ordered =
                "$orderby=receivedDateTime%20asc&$filter=" + encoded("receivedDateTime ge 2020-01-01T00:00:00Z")
            #expect(try await Self.subjects(desk, ordered) == ["Rechnung 1", "Mahnung", "Rechnung 2"])
            let page = try await desk.send("GET", GraphDesk.mailbox + "/messages?%24top=2&$count=true&$select=subject")
            #expect(page.json["@odata.count"] == 3)
            #expect(page.json["value"]?[0]?["body"] == nil)
            let next = try await desk.follow(page.json["@odata.nextLink"])
            #expect(next.json["value"]?.array?.count == 1)
            #expect(next.json["@odata.nextLink"] == nil)
        }
    }

    @Test(arguments: [
        ("received>=2020-01-01", 3), ("received<2020-01-01", 0), ("Mahnung OR subject:2", 2), ("NOT Mahnung", 2),
        ("-Mahnung", 2), ("(Mahnung OR Rechnung) AND NOT 2", 2), ("Rechn*", 2), ("echn*", 0), ("size>1", 3),
        ("size>99999", 0),
        ("kind:email", 3), ("subject<>Mahnung", 2), ("Rechnung 1", 1), ("sent:07/23/2018", 0),
    ])
    func `the search language is followed`(query: String, count: Int) async throws {
        try await GraphDesk.run { desk in
            for subject in ["Rechnung 1", "Mahnung", "Rechnung 2"] { _ = try await desk.draft(subject) }
            let search = "$search=" + PercentCoding.encode("\"\(query)\"")
            #expect(try await Self.subjects(desk, search).count == count, "\(query)")
        }
    }

    @Test(arguments: [
        "unknown:1", "a OR", "(a", "a)", "NOT", "a NEAR b", "subject>a", "size>x", "received>=gestern", "*a", "",
        "subject:",
    ])
    func `what the search language has not is refused`(query: String) async throws {
        try await GraphDesk.run { desk in
            let search = "$search=" + PercentCoding.encode("\"\(query)\"")
            let answer = try await desk.send("GET", "\(GraphDesk.mailbox)/messages?\(search)")
            #expect(answer.status == 400)
        }
    }

    @Test(arguments: [
        #"{"subject":5}"#, #"{"isRead":"yes"}"#, #"{"body":"text"}"#, #"{"categories":"a"}"#,
        #"{"internetMessageHeaders":{}}"#,
        #"{"from":[]}"#,
    ])
    func `a member of another type is refused`(body: String) async throws {
        try await GraphDesk.run { desk in
            let answer = try await desk.send("POST", GraphDesk.mailbox + "/messages", body)
            #expect(answer.status == 400 && answer.code == "RequestBodyRead", "\(answer.text)")
        }
    }

    @Test func `a text body has the characters its HTML names`() async throws {
        try await GraphDesk.run { desk in
            let body =
                #"{"subject":"k","body":{"contentType":"html","content":"<p>M&uuml;ller &copy; &#228;&#xE4; &euro;</p>"}}"#
            let draft = try await desk.send("POST", GraphDesk.mailbox + "/messages", body)
            let headers: HTTPFields = ["Prefer": "outlook.body-content-type=\"text\""]
            let read = try await desk.send("GET", "\(GraphDesk.mailbox)/messages/\(draft.id)", headers: headers)
            #expect(read.json["body"]?["content"] == "Müller © ää €")
        }
    }

    @Test func `an extended property is found by filter and shown only when it is expanded`() async throws {
        try await GraphDesk.run { desk in
            let id = "String {66f5a359-4659-4830-9070-00047ec6ac6e} Name Key"
            let body = #"{"subject":"k","singleValueExtendedProperties":[{"id":"\#(id)","value":"Job-1"}]}"#
            let draft = try await desk.send("POST", GraphDesk.mailbox + "/messages", body)
            #expect(draft.json["singleValueExtendedProperties"] == nil)
            let filter = PercentCoding.encode(
                "singleValueExtendedProperties/Any(ep: ep/id eq '\(id)' and ep/value eq 'job-1')"
            )
            let expand = PercentCoding.encode("singleValueExtendedProperties($filter=id eq '\(id)')")
            let found = try await desk.send("GET", "\(GraphDesk.mailbox)/messages?$filter=\(filter)&$expand=\(expand)")
            #expect(found.json["value"]?[0]?["singleValueExtendedProperties"]?[0]?["value"] == "Job-1")
        }
    }

    @Test(arguments: [
        ("subject", "single boolean value"), ("'x'", "single boolean value"), ("from", "single boolean value"),
        ("isRead eq true and subject", "single boolean value"), ("not subject", "single boolean value"),
        ("isRead eq 'x'", "'Edm.Boolean' and 'Edm.String' for operator kind 'Equal'"),
        ("subject ne true", "'Edm.String' and 'Edm.Boolean' for operator kind 'NotEqual'"),
        ("from eq 'anna@kunde.example'", "incompatible types"), ("receivedDateTime ge 2026", "incompatible types"),
    ])
    func `a filter that is no condition, or compares what is not alike, is refused`(
        filter: String,
        words: String
    ) async throws {
        try await GraphDesk.run { desk in
            let query = "$filter=" + PercentCoding.encode(filter)
            let answer = try await desk.send("GET", "\(GraphDesk.mailbox)/messages?\(query)")
            #expect(answer.status == 400)
            #expect(answer.code == "BadRequest")
            #expect(answer.json["error"]?["message"]?.string?.contains(words) == true, "\(answer.text)")
        }
    }

    @Test(arguments: [
        "isRead", "not isRead", "false", "subject eq null", "contains(subject,'a') eq true",
        "from/emailAddress/address eq 'anna@kunde.example'", "receivedDateTime ge 2020-01-01T00:00:00Z",
        "toRecipients/any(r: r/emailAddress/address eq 'anna@kunde.example')", "categories/any(c: c eq 'x')",
    ])
    func `a condition is taken`(filter: String) async throws {
        try await GraphDesk.run { desk in
            _ = try await Self.subjects(desk, "$filter=" + PercentCoding.encode(filter))
        }
    }

    @Test(arguments: [
        ("$search=%22a%22&$orderby=subject", "SearchWithOrderBy"),
        ("$search=%22a%22&$filter=isRead%20eq%20true", "SearchWithFilter"),
        ("$search=%22a%22&$skip=1", "SearchWithSkip"), ("$search=%22a%22&$count=true", "SearchWithCount"),
        ("$search=subject:a", "BadRequest"), ("$filter=nothing%20eq%201", "RequestBroker--ParseUri"),
        ("$select=subject,nothing", "RequestBroker--ParseUri"), ("$orderby=nothing", "RequestBroker--ParseUri"),
        ("$filter=contains(subject,'a')&$orderby=receivedDateTime", "InefficientFilter"), ("$top=0", "BadRequest"),
    ])
    func `what the service does not do together is refused in its words`(query: String, code: String) async throws {
        try await GraphDesk.run { desk in
            let answer = try await desk.send("GET", "\(GraphDesk.mailbox)/messages?\(query)")
            #expect(answer.status == 400)
            #expect(answer.code == code)
        }
    }
}
