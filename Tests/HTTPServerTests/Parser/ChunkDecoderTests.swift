import Testing

@testable import HTTPServer

@Suite struct ChunkDecoderTests {
    private func decode(_ text: String) throws -> (body: String, rest: String, ended: Bool) {
        var decoder = ChunkDecoder()
        var input = Array(text.utf8)[...]
        var body: [UInt8] = []
        while true {
            switch try decoder.next(&input) {
            case .data(let data): body += data
            case .needsInput, .end:
                return (String(decoding: body, as: UTF8.self), String(decoding: input, as: UTF8.self), decoder.hasEnded)
            }
        }
    }

    @Test func `chunks are joined and what follows them is left alone`() throws {
        let result = try decode("5\r\nhello\r\n00A\r\n 123456789\r\n0\r\n\r\nGET")
        #expect(result == ("hello 123456789", "GET", true))
    }

    @Test func `an unfinished body gives what is there`() throws {
        #expect(try decode("5\r\nhel") == ("hel", "", false))
        #expect(try decode("5\r\nhello\r\n0\r\n") == ("hello", "", false))
    }

    @Test(arguments: [
        "5 \r\n", "\r\n", "5\n", "g\r\n", "12345678\r\n", "0\r\nX: y\r\n", "1\r\nab", "1\r\na\n", "0\r\n\n", "5;x",
    ])
    func `anything beside size, data and CRLF is refused`(text: String) {
        #expect(throws: HTTPServerError.self) { _ = try decode(text) }
    }
}
