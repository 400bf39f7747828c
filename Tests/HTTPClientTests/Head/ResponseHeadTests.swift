import Testing

@testable import HTTPClient

@Suite struct ResponseHeadTests {
    private func read(_ lines: [String]) -> ResponseHead? {
        var head = ResponseHead()
        for line in lines {
            guard Array(line.utf8).withUnsafeBytes({ head.append($0) }) else { return nil }
        }
        return head
    }

    @Test func `names and values come without the white space around them`() throws {
        let lines = [
            "HTTP/1.1 202 Accepted\r\n", "Retry-After:5\r\n", "X-Note :\t grün: a b \t\r\n", "X-Empty:\r\n",
            "no field\r\n", "\r\n",
        ]
        let head = try #require(read(lines))
        #expect(head.status == 202)
        #expect(head.fields.map(\.name) == ["Retry-After", "X-Note", "X-Empty"])
        #expect(head.fields.map(\.value) == ["5", "grün: a b", ""])
    }

    @Test func `an interim answer is forgotten`() throws {
        let lines = ["HTTP/1.1 100 Continue\r\n", "A: 1\r\n", "\r\n", "HTTP/2 200 \r\n", "B: 2\r\n"]
        let head = try #require(read(lines))
        #expect(head.status == 200)
        #expect(head.fields.map(\.name) == ["B"])
    }

    @Test func `more fields or bytes than an answer may have are not taken`() {
        #expect(read(Array(repeating: "A: 1\r\n", count: ResponseHead.maximumFields)) != nil)
        #expect(read(Array(repeating: "A: 1\r\n", count: ResponseHead.maximumFields + 1)) == nil)
        #expect(read(["A: " + String(repeating: "x", count: ResponseHead.maximumBytes)]) == nil)
    }
}
