import JSON
import Testing

struct JSONDocumentTests {
    private let text = """
        {
          "name": "Prüfung", "tasks": [
            {"action": "goto", "url": "x"},
            {"action": "click"}
          ]
        }
        """

    @Test func `knows where each value begins`() throws {
        let document = try JSONDocument(parsing: Array(text.utf8))
        #expect(document.position(of: "") == SourcePosition(line: 1, column: 1))
        #expect(document.position(of: "/name") == SourcePosition(line: 2, column: 11))
        #expect(document.position(of: "/tasks") == SourcePosition(line: 2, column: 31))
        #expect(document.position(of: "/tasks/1/action") == SourcePosition(line: 4, column: 16))
    }

    @Test func `knows where each member name begins`() throws {
        let document = try JSONDocument(parsing: Array(text.utf8))
        #expect(document.keyPosition(of: "/tasks") == SourcePosition(line: 2, column: 22))
        #expect(document.keyPosition(of: "/tasks/0/url") == SourcePosition(line: 3, column: 24))
        #expect(document.keyPosition(of: "/tasks/0") == SourcePosition(line: 3, column: 5))
    }

    @Test func `the place of what is missing is the place of what should hold it`() throws {
        let document = try JSONDocument(parsing: Array(text.utf8))
        #expect(document.position(of: "/tasks/1/selector") == SourcePosition(line: 4, column: 5))
    }

    @Test func `the value is the one the plain reader gives`() throws {
        #expect(try JSONDocument(parsing: Array(text.utf8)).value == JSONValue(parsing: text))
    }
}
