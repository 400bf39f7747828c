import Cryptography
import HTTPServer

/// Requests mean the same however the network cuts them, and what is accepted has nothing in it that could be read in
/// another way.
func fuzzHTTP(_ input: [UInt8]) {
    let (whole, pieces) = pieces(of: input)
    require(transcript([whole]) == transcript(pieces), "cutting does not change the meaning")
}

private func transcript(_ pieces: [[UInt8]]) -> [String] {
    var parser = HTTPRequestParser()
    parser.bodyLimit = 4096
    var lines: [String] = []
    var body: [UInt8]?
    for piece in pieces {
        parser.append(piece)
        do throws(HTTPServerError) {
            while try step(&parser, &body, &lines) {}
        } catch {
            require((400...505).contains(error.code.status), "an error has a status")
            // How much of a body came through before it broke depends on the cuts, and harms nobody.
            lines.append("\(error.code.status)")
            break
        }
    }
    return lines
}

private func step(
    _ parser: inout HTTPRequestParser,
    _ body: inout [UInt8]?,
    _ lines: inout [String]
) throws(HTTPServerError) -> Bool {
    if body == nil {
        guard let head = try parser.nextHead() else { return false }
        check(head)
        lines.append("\(head.method) \(head.path) \(head.query ?? "-") \(head.contentLength ?? -1)")
        for (name, value) in head.fields.fields { lines.append("\(name):\(value)") }
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

private func check(_ head: HTTPRequestHead) {
    require(head.path.hasPrefix("/"), "a path begins with /")
    require(head.path.utf8.allSatisfy { (0x21...0x7E).contains($0) }, "a path is visible ASCII")
    require(head.minorVersion == 0 || head.fields.values("host").count == 1, "HTTP/1.1 has one Host")
    let (lengths, codings) = (head.fields.values("content-length"), head.fields.values("transfer-encoding"))
    require(lengths.count + codings.count <= 1, "one framing")
    for (name, value) in head.fields.fields {
        require(!name.isEmpty && !name.utf8.contains { $0 <= 0x20 || $0 == 0x3A }, "a name is a token")
        require(!value.utf8.contains { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F }, "a value has no control bytes")
    }
    _ = PercentCoding.decodeForm(head.query ?? "")
    _ = HTTPByteRange.parse(head.fields["range"], length: 1000)
    if let host = head.fields["host"] { require(!host.contains("@"), "a Host has no user") }
}
