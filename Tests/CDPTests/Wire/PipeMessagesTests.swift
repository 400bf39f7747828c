import Testing

@testable import CDP

@Suite struct PipeMessagesTests {
    /// What the pieces are put together to, and whether the last one was still fine.
    private func messages(_ pieces: [String], limit: Int = 100) -> (texts: [String], isFine: Bool) {
        var messages = PipeMessages(limit: limit)
        var texts: [String] = []
        var isFine = true
        for piece in pieces {
            isFine = Array(piece.utf8).withUnsafeBytes { bytes in
                messages.append(bytes) { texts.append(String(decoding: $0, as: UTF8.self)) }
            }
        }
        return (texts, isFine)
    }

    @Test func `messages end at a NUL byte, however the pipe cut them`() {
        let text = "{\"id\":1}\0{}\0{\"text\":\"ä\"}\0"
        let whole = ["{\"id\":1}", "{}", "{\"text\":\"ä\"}"]
        #expect(messages([text]).texts == whole)
        for cut in 0...text.utf8.count {
            let bytes = Array(text.utf8)
            var messages = PipeMessages(limit: 100)
            var seen: [[UInt8]] = []
            for piece in [bytes[..<cut], bytes[cut...]] {
                let isFine = Array(piece).withUnsafeBytes { messages.append($0) { seen.append(Array($0)) } }
                #expect(isFine)
            }
            #expect(seen == whole.map { Array($0.utf8) })
        }
        #expect(messages(Array(text).map(String.init)).texts == whole)
    }

    @Test func `a message without end is no message yet`() {
        #expect(messages(["{\"id\":1}"]).texts.isEmpty)
        #expect(messages(["a\0b"]).texts == ["a"])
    }

    @Test func `a message longer than the limit is refused, in one piece and in many`() {
        #expect(messages(["12345\0"], limit: 5).texts == ["12345"])
        #expect(!messages(["123456\0"], limit: 5).isFine)
        #expect(!messages(["123", "456"], limit: 5).isFine)
        #expect(!messages(["123", "456\0"], limit: 5).isFine)
    }
}
