import Testing

@testable import HTTPServer

/// Everything a parser says about a byte stream, in words that do not depend on how the stream was cut.
private func transcript(_ pieces: [ArraySlice<UInt8>]) -> [String] {
    var parser = HTTPRequestParser()
    parser.bodyLimit = 1 << 20
    var lines: [String] = []
    var body: [UInt8]?
    func step() throws(HTTPServerError) -> Bool {
        if body == nil {
            guard let head = try parser.nextHead() else { return false }
            lines.append("\(head.method) \(head.path) ?\(head.query ?? "-") \(head.minorVersion) \(head.keepsAlive)")
            lines += head.fields.fields.map { "\($0.name)=\($0.value)" }
            body = []
        }
        switch try parser.nextBodyPart() {
        case .bytes(let bytes): body? += bytes
        case .needsInput: return false
        case .end:
            lines.append(String(decoding: body ?? [], as: UTF8.self))
            body = nil
        }
        return true
    }
    for piece in pieces {
        parser.append(Array(piece))
        do throws(HTTPServerError) { while try step() {} } catch {
            lines.append("\(error.code.status)")
            break
        }
    }
    return lines
}

@Suite struct HTTPRequestParserTests {
    @Test(arguments: RequestCorpus.cases.filter { $0.bytes.count < 4096 })
    func `a stream means the same wherever it is cut in two, and byte by byte`(example: RequestCorpus.Case) {
        let bytes = example.bytes
        let whole = transcript([bytes[...]])
        for cut in 1..<bytes.count { #expect(transcript([bytes[..<cut], bytes[cut...]]) == whole) }
        #expect(transcript(bytes.indices.map { bytes[$0...$0] }) == whole)
    }

    @Test func `no prefix of a good request is refused or taken for whole`() {
        let request = Array("POST /a?b HTTP/1.1\r\nHost: localhost\r\nX-Y: z\r\nContent-Length: 2\r\n\r\nhi".utf8)
        for length in 1..<request.count {
            let lines = transcript([request[..<length]])
            #expect(lines.last != "hi")
            #expect(!lines.contains("400"))
        }
    }

    @Test func `path, query and fields come as sent, names compare without case`() throws {
        var parser = HTTPRequestParser()
        parser.append(Array("GET /a%20b?c=%26?d HTTP/1.1\r\nhOST: x:1\r\nX-A:\t 1 \r\nx-a: 2\r\n\r\nrest".utf8))
        let head = try #require(try parser.nextHead())
        #expect(head.path == "/a%20b")
        #expect(head.query == "c=%26?d")
        #expect(head.fields["Host"] == "x:1")
        #expect(head.fields.values("X-a") == ["1", "2"])
        #expect(try parser.nextBodyPart() == .end)
        #expect(parser.takeLeftover() == Array("rest".utf8))
    }

    @Test(
        arguments: [
            ("http://b.example:1/c?d", "/c", "d", "b.example:1"), ("HTTP://b", "/", nil, "b"),
            ("https://[::1]?d/e", "/", "d/e", "[::1]"), ("/http://b/", "/http://b/", nil, "a"),
        ] as [(String, String, String?, String)]
    )
    func `the authority of a target in absolute form counts instead of Host`(
        target: String,
        path: String,
        query: String?,
        host: String
    ) throws {
        var parser = HTTPRequestParser()
        parser.append(Array("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
        let head = try #require(try parser.nextHead())
        #expect(head.path == path && head.query == query && head.fields.values("host") == [host])
    }

    @Test func `an error stays, whatever comes behind it`() throws {
        var parser = HTTPRequestParser()
        parser.append(Array("G\n".utf8))
        #expect(throws: HTTPServerError.self) { _ = try parser.nextHead() }
        parser.append(Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
        #expect(throws: HTTPServerError.self) { _ = try parser.nextHead() }
    }
}
