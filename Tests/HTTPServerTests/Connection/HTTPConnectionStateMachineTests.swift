import Testing

@testable import HTTPServer

/// The machine with its actions as words.
private struct Driver {
    var machine = HTTPConnectionStateMachine(limits: HTTPLimits())

    static func word(_ action: HTTPConnectionStateMachine.Action) -> String {
        switch action {
        case .none: "none"
        case .handle(let head, let number): "handle \(head.method) \(head.path) #\(number)"
        case .refuse(let error): "refuse \(error.code.status)"
        case .resumeReader: "resume"
        case .linger: "linger"
        case .close: "close"
        }
    }

    mutating func receive(_ text: String) -> String { Self.word(machine.receive(Array(text.utf8))) }
    mutating func end() -> String { Self.word(machine.inputEnded()) }
    mutating func answered() -> String { Self.word(machine.answerEnded()) }
    mutating func expired(_ deadline: HTTPConnectionStateMachine.Deadline) -> String {
        Self.word(machine.deadlinePassed(deadline))
    }
}

private let get = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n"
private func post(_ length: Int, _ more: String = "") -> String {
    "POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: \(length)\r\n\(more)\r\n"
}

@Suite struct HTTPConnectionStateMachineTests {
    @Test func `a request is handled, answered, and the next one waits its turn`() {
        var driver = Driver()
        #expect(driver.machine.deadline == .head)
        #expect(driver.receive(get + get) == "handle GET /a #1")
        #expect(driver.machine.deadline == .handler)
        #expect(driver.receive("GET") == "none")
        #expect(driver.machine.answerStarts(to: 1) == true)
        #expect(driver.machine.deadline == nil)
        #expect(driver.answered() == "handle GET /a #2")
        #expect(driver.machine.answerStarts(to: 2) == true)
        #expect(driver.answered() == "none")
        #expect(driver.machine.deadline == .head)
    }

    @Test func `between requests the keep-alive limit counts, from the first byte the head's`() {
        var driver = Driver()
        _ = driver.receive(get)
        _ = driver.machine.answerStarts(to: 1)
        #expect(driver.answered() == "none")
        #expect(driver.machine.deadline == .keepAlive)
        #expect(driver.receive("G") == "none")
        #expect(driver.machine.deadline == .head)
        #expect(driver.expired(.head) == "refuse 408")
        #expect(driver.answered() == "linger")
        #expect(driver.machine.deadline == .linger)
        #expect(driver.expired(.linger) == "close")
    }

    @Test func `silence is closed without an answer`() {
        var driver = Driver()
        #expect(driver.expired(.head) == "close")
        #expect(!driver.machine.wantsReading)
    }

    @Test func `a body is handed out as it comes, and reading stops when nobody takes it`() throws {
        var driver = Driver()
        #expect(driver.receive(post(200_000) + "abc") == "handle POST /b #1")
        #expect(try driver.machine.readBody(of: 1) == .bytes(Array("abc".utf8)))
        #expect(try driver.machine.readBody(of: 1) == .wait(sendContinue: false))
        #expect(driver.machine.deadline == .body)
        #expect(driver.receive("de") == "resume")
        #expect(try driver.machine.readBody(of: 1) == .bytes(Array("de".utf8)))
        #expect(driver.machine.wantsReading)
        _ = driver.receive(String(repeating: "x", count: 70000))
        #expect(!driver.machine.wantsReading)
    }

    @Test func `a client that waits for 100 gets it once, when the body is wanted`() throws {
        var driver = Driver()
        _ = driver.receive(post(2, "Expect: 100-continue\r\n"))
        #expect(try driver.machine.readBody(of: 1) == .wait(sendContinue: true))
        #expect(try driver.machine.readBody(of: 1) == .wait(sendContinue: false))
        #expect(driver.receive("hi") == "resume")
        #expect(try driver.machine.readBody(of: 1) == .bytes(Array("hi".utf8)))
        #expect(try driver.machine.readBody(of: 1) == .end)
    }

    @Test func `an answer to a client that still waits for 100 closes, since its body may or may not come`() {
        var driver = Driver()
        _ = driver.receive(post(2, "Expect: 100-continue\r\n"))
        #expect(driver.machine.answerStarts(to: 1) == false)
        #expect(driver.answered() == "linger")
    }

    @Test func `a small unread body is thrown away, a large one ends the connection`() {
        var driver = Driver()
        _ = driver.receive(post(10) + "abc")
        #expect(driver.machine.answerStarts(to: 1) == true)
        #expect(driver.answered() == "none")
        #expect(driver.machine.deadline == .body)
        #expect(driver.receive("defghij" + get) == "handle GET /a #2")
        var other = Driver()
        _ = other.receive(post(1_000_000) + "abc")
        #expect(other.machine.answerStarts(to: 1) == false)
    }

    @Test func `a broken body fails its reader and ends the connection after the answer`() throws {
        var driver = Driver()
        _ = driver.receive("POST /b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz")
        #expect(throws: HTTPServerError.self) { _ = try driver.machine.readBody(of: 1) }
        #expect(driver.machine.answerStarts(to: 1) == false)
        #expect(driver.answered() == "linger")
        #expect(driver.receive(get) == "none")
    }

    @Test func `a slow body wakes its reader, and the connection ends after the answer`() throws {
        var driver = Driver()
        _ = driver.receive(post(10))
        _ = try driver.machine.readBody(of: 1)
        #expect(driver.expired(.body) == "resume")
        #expect(driver.machine.answerStarts(to: 1) == false)
    }

    @Test func `a client that ended its side is still answered, once`() {
        var driver = Driver()
        _ = driver.receive(get)
        #expect(driver.end() == "none")
        #expect(!driver.machine.wantsReading)
        #expect(driver.machine.answerStarts(to: 1) == true)
        #expect(driver.answered() == "close")
    }

    @Test func `an end within the body fails the reader`() throws {
        var driver = Driver()
        _ = driver.receive(post(10) + "abc")
        _ = try driver.machine.readBody(of: 1)
        #expect(try driver.machine.readBody(of: 1) == .wait(sendContinue: false))
        #expect(driver.end() == "resume")
        #expect(throws: HTTPServerError.self) { _ = try driver.machine.readBody(of: 1) }
    }

    @Test func `an answer that comes after the handler's deadline is dropped`() {
        var driver = Driver()
        _ = driver.receive(get)
        #expect(driver.expired(.handler) == "refuse 503")
        #expect(driver.machine.answerStarts(to: 1) == nil)
    }

    @Test func `a reader of an earlier request gets nothing of a later one`() {
        var driver = Driver()
        _ = driver.receive(post(1) + "x" + post(1) + "y")
        _ = driver.machine.answerStarts(to: 1)
        #expect(driver.answered() == "handle POST /b #2")
        #expect(throws: HTTPServerError.self) { _ = try driver.machine.readBody(of: 1) }
    }

    @Test func `draining closes idle connections at once, others after their answer`() {
        var idle = Driver()
        #expect(Driver.word(idle.machine.drain()) == "close")
        var busy = Driver()
        _ = busy.receive(get + get)
        #expect(Driver.word(busy.machine.drain()) == "none")
        #expect(busy.machine.answerStarts(to: 1) == false)
        #expect(busy.answered() == "linger")
        var answering = Driver()
        _ = answering.receive(get)
        #expect(answering.machine.answerStarts(to: 1) == true)
        #expect(Driver.word(answering.machine.drain()) == "none")
        #expect(answering.answered() == "close")
    }

    @Test func `an announced body over the limit is refused before it is read`() {
        var driver = Driver()
        _ = driver.receive(post(10))
        #expect(driver.machine.limitBody(to: 10) == nil)
        #expect(driver.machine.limitBody(to: 9)?.code == .payloadTooLarge)
    }

    @Test func `handing over gives the bytes behind the request away`() {
        var driver = Driver()
        _ = driver.receive(get + "frames")
        #expect(driver.machine.handOver(1) == Array("frames".utf8))
        #expect(driver.machine.deadline == nil)
        #expect(!driver.machine.wantsReading)
    }
}
