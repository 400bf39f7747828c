import Testing

@testable import CDP

@Suite struct CDPEnvelopeTests {
    private func scan(_ text: String) -> CDPEnvelope? {
        Array(text.utf8).withUnsafeBufferPointer { CDPEnvelope(scanning: $0) }
    }

    private func part(_ range: Range<Int>?, of text: String) -> String? {
        range.map { String(decoding: Array(text.utf8)[$0], as: UTF8.self) }
    }

    @Test func `a reply is told from an event, with its session, wherever the members stand`() {
        let reply = #"{"id":12,"result":{"a":["}",{"b":"\"]"}]},"sessionId":"S1"}"#
        let envelope = scan(reply)
        #expect(envelope?.id == 12)
        #expect(envelope?.sessionID == "S1")
        #expect(part(envelope?.result, of: reply) == #"{"a":["}",{"b":"\"]"}]}"#)

        let event = #" { "sessionId" : "S2" , "method" : "Page.loadEventFired" , "params" : { } } "#
        #expect(scan(event)?.method == "Page.loadEventFired")
        #expect(scan(event)?.sessionID == "S2")
        #expect(part(scan(event)?.parameters, of: event) == "{ }")
    }

    @Test func `members inside values are not mistaken for the envelope's`() {
        let text = #"{"method":"A.b","params":{"id":7,"sessionId":"X","method":"C.d"}}"#
        #expect(scan(text)?.id == nil)
        #expect(scan(text)?.sessionID == nil)
        #expect(scan(text)?.method == "A.b")
    }

    @Test(arguments: ["", "[]", "{", #"{"id"}"#, #"{"id":}"#, #"{"a":"\"#, #"{"a":{"b":1}"#, "null", #"{"a":1,}"#])
    func `what is no object is refused, not read past its end`(_ text: String) {
        #expect(scan(text) == nil)
    }

    @Test func `every prefix of a message is refused`() {
        let text = #"{"id":1,"result":{"text":"é\\\"{","list":[1,{}]},"sessionId":"S"}"#
        for length in 0..<text.utf8.count {
            #expect(scan(String(decoding: text.utf8.prefix(length), as: UTF8.self)) == nil)
        }
        #expect(scan(text) != nil)
    }
}
