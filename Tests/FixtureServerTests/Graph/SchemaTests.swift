import JSON
import Testing

@testable import FixtureServer

/// The description that every answer in these tests is held against (`GraphDesk.send`) can tell right from wrong.
@Suite struct SchemaTests {
    private static let messages = ["users", "a", "messages"]

    @Test func `a right answer passes, and each kind of mistake is found`() throws {
        let schema = try GraphSchema.shared.get()
        func problems(_ text: String, _ status: Int = 200) throws -> [String]? {
            schema.problems("GET", Self.messages + ["b"], status: status, body: try JSONValue(parsing: text))
        }
        #expect(try problems(#"{"@odata.etag":"x","id":"b","isRead":true,"importance":"low","body":null}"#) == [])
        for wrong in [
            #"{"id":1}"#, #"{"isRead":"true"}"#, #"{"importance":"urgent"}"#, #"{"madeUp":1}"#,
            #"{"receivedDateTime":"yesterday"}"#, #"{"toRecipients":{}}"#, #"{"toRecipients":[{"address":"a"}]}"#,
            #"{"body":{"contentType":"rtf"}}"#, #"{"from":{"emailAddress":{"address":7}}}"#,
        ] {
            #expect(try problems(wrong)?.count == 1, "\(wrong)")
        }
        #expect(try problems(#"{"error":{"code":"x","message":"y"}}"#, 404) == [])
        #expect(try problems(#"{"fault":1}"#, 404)?.isEmpty == false)
        #expect(try problems("{}", 302) == nil)
        #expect(schema.problems("GET", ["planner"], status: 200, body: .null) == nil)
    }

    @Test func `recorded and documented answers of the service pass too`() async throws {
        let schema = try GraphSchema.shared.get()
        var checked = 0
        for answer in try RecordedAnswer.all() {
            let found = schema.problems(answer.method, answer.segments, status: answer.status, body: answer.body)
            guard let found else { continue }
            checked += 1
            #expect(found.isEmpty, "\(answer.method) \(answer.segments.joined(separator: "/")): \(found)")
        }
        #expect(checked >= 10)
    }
}
