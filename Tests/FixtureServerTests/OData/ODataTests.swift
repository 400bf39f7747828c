import JSON
import Testing

@testable import FixtureServer

@Suite struct ODataTests {
    private static let message: JSONObject = [
        "subject": "Let's go", "isRead": false, "size": 7, "receivedDateTime": "2026-11-20T10:00:00Z",
        "from": ["emailAddress": ["address": "anna@kunde.example"]],
        "singleValueExtendedProperties": [["id": "String {A} Name K", "value": "v1"]],
        "toRecipients": [["emailAddress": ["address": "b@x.example"]]],
    ]

    @Test(arguments: [
        "subject eq 'Let''s go'", "isRead eq false and size ge 7", "not (isRead eq true)",
        "receivedDateTime ge 2026-11-20T00:00:00Z", "startswith(subject,'let')", "contains(subject, 'S G')",
        "from/emailAddress/address eq 'ANNA@kunde.example'", "subject eq 'x' or size lt 8",
        "singleValueExtendedProperties/Any(ep: ep/id eq 'String {A} Name K' and ep/value eq 'v1')",
        "toRecipients/any(r: r/emailAddress/address eq 'b@x.example')", "endswith(subject,'go')",
    ])
    func `a filter matches`(filter: String) throws {
        #expect(try ODataParser.parse(filter).matches(Self.message))
    }

    @Test(arguments: [
        "subject eq 'Lets go'", "isRead eq true", "receivedDateTime lt 2026-11-20T00:00:00Z", "missing eq 'x'",
        "singleValueExtendedProperties/Any(ep: ep/id eq 'String {A} Name K' and ep/value eq 'v2')",
    ])
    func `a filter does not match`(filter: String) throws {
        #expect(try !ODataParser.parse(filter).matches(Self.message))
    }

    @Test(arguments: ["subject eq", "subject eq 'open", "(a eq 1", "a eq 1 b", "x(a,b)", "a eq {1}", ""])
    func `what is no filter is refused`(filter: String) {
        #expect(throws: ODataParser.Failure.self) { try ODataParser.parse(filter) }
    }

    @Test func `nesting is bounded`() {
        let deep = String(repeating: "(", count: 5000) + "a eq 1" + String(repeating: ")", count: 5000)
        #expect(throws: ODataParser.Failure.self) { try ODataParser.parse(deep) }
    }

    @Test func `an order the filter does not begin with is inefficient, as at the service`() {
        #expect(throws: GraphFailure.self) {
            try ODataQuery(["$filter": "isRead eq false", "$orderby": "receivedDateTime desc"])
        }
        #expect(throws: Never.self) {
            try ODataQuery([
                "$filter": "receivedDateTime ge 2026-01-01T00:00:00Z and isRead eq false",
                "$orderby": "receivedDateTime desc",
            ])
        }
    }

    @Test func `search wants quotes and goes with neither order nor filter`() throws {
        #expect(throws: GraphFailure.self) { try ODataQuery(["$search": "from:anna"]) }
        #expect(throws: GraphFailure.self) { try ODataQuery(["$search": "\"a\"", "$orderby": "subject"]) }
        #expect(throws: GraphFailure.self) { try ODataQuery(["$search": "\"a\"", "$filter": "isRead eq true"]) }
        let query = try ODataQuery(["$search": "\"from:anna subject:\\\"let's go\\\"\""])
        #expect(query.apply(to: [Self.message]).count == 1)
    }
}
