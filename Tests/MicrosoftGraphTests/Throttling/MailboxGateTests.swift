import Testing

@testable import MicrosoftGraph

@Suite struct MailboxGateTests {
    private static let start = ContinuousClock.now

    @Test func `ten thousand requests go in ten minutes, the next waits until the first are old`() {
        var gate = MailboxGate(now: Self.start)
        for number in 0..<10_000 {
            let now = Self.start + .milliseconds(number * 10)
            #expect(gate.admit(bytes: 0, now: now) == .go)
        }
        guard case .wait(let pause, .requests) = gate.admit(bytes: 0, now: Self.start + .seconds(100)) else {
            Issue.record("it goes")
            return
        }
        // The first lie in the first step of twenty seconds.
        #expect((500...520).contains(pause.components.seconds))
        #expect(gate.admit(bytes: 0, now: Self.start + .seconds(100) + pause) == .go)
    }

    @Test func `150 MB go up in five minutes, also in one piece, and a file larger than that goes alone`() {
        var gate = MailboxGate(now: Self.start)
        for _ in 0..<37 { #expect(gate.admit(bytes: 4_000_000, now: Self.start) == .go) }
        guard case .wait(let pause, .upload) = gate.admit(bytes: 4_000_000, now: Self.start + .seconds(1)) else {
            Issue.record("it goes")
            return
        }
        #expect((299...310).contains(pause.components.seconds))
        #expect(gate.admit(bytes: 0, now: Self.start + .seconds(1)) == .go)
        #expect(gate.admit(bytes: 160_000_000, now: Self.start + .seconds(1) + pause) == .go)
    }

    @Test func `a mailbox that asked to be left alone is left alone by everybody`() {
        var gate = MailboxGate(now: Self.start)
        gate.rest(until: Self.start + .seconds(30))
        gate.rest(until: Self.start + .seconds(10))
        #expect(gate.admit(bytes: 0, now: Self.start + .seconds(29)) == .wait(.seconds(1), .asked))
        #expect(gate.admit(bytes: 0, now: Self.start + .seconds(30)) == .go)
    }

    @Test func `a gate nobody used for ten minutes can be forgotten`() {
        var gate = MailboxGate(now: Self.start)
        #expect(gate.isIdle(now: Self.start))
        _ = gate.admit(bytes: 0, now: Self.start)
        #expect(!gate.isIdle(now: Self.start + .seconds(599)))
        #expect(gate.isIdle(now: Self.start + .seconds(700)))
        gate.fail(now: Self.start + .seconds(700))
        #expect(!gate.isIdle(now: Self.start + .seconds(700)))
    }

    @Test func `mailboxes are told apart, without case`() {
        let gates = MailboxGates()
        gates.with("A@x.de", now: Self.start) { $0.rest(until: Self.start + .seconds(5)) }
        let same = gates.with("a@X.de", now: Self.start) { $0.admit(bytes: 0, now: Self.start) }
        let other = gates.with("b@x.de", now: Self.start) { $0.admit(bytes: 0, now: Self.start) }
        #expect(same != .go)
        #expect(other == .go)
    }
}

@Suite struct MailboxBreakerTests {
    private static let start = ContinuousClock.now

    private static func open() -> MailboxBreaker {
        var breaker = MailboxBreaker()
        for _ in 0..<5 { breaker.fail(now: start) }
        return breaker
    }

    @Test func `four failures in a row do not open it, a success between them starts the count anew`() {
        var breaker = MailboxBreaker()
        for _ in 0..<4 { breaker.fail(now: Self.start) }
        #expect(breaker.admit(now: Self.start) == .go)
        breaker.succeed()
        for _ in 0..<4 { breaker.fail(now: Self.start) }
        #expect(breaker.admit(now: Self.start) == .go)
    }

    @Test func `after five nothing goes for 15 s, then one request tries`() {
        var breaker = Self.open()
        #expect(breaker.admit(now: Self.start + .seconds(14)) == .wait(.seconds(1)))
        #expect(breaker.admit(now: Self.start + .seconds(15)) == .probe)
        #expect(breaker.admit(now: Self.start + .seconds(16)) == .wait(.seconds(1)))
        breaker.succeed()
        #expect(breaker.admit(now: Self.start + .seconds(16)) == .go)
        #expect(breaker.isIdle)
    }

    @Test func `a probe that fails doubles the pause, up to four minutes`() {
        var breaker = Self.open()
        var now = Self.start + .seconds(15)
        for pause in [30, 60, 120, 240, 240] {
            #expect(breaker.admit(now: now) == .probe)
            breaker.fail(now: now)
            #expect(breaker.admit(now: now) == .wait(.seconds(pause)))
            now += .seconds(pause)
        }
    }

    @Test func `a probe nobody waited for leaves the place to the next, one that never came back too`() {
        var breaker = Self.open()
        let then = Self.start + .seconds(15)
        #expect(breaker.admit(now: then) == .probe)
        breaker.abandon(now: then)
        #expect(breaker.admit(now: then) == .probe)
        #expect(breaker.admit(now: then + .seconds(89)) == .wait(.seconds(1)))
        #expect(breaker.admit(now: then + .seconds(90)) == .probe)
    }

    @Test func `failures of requests that were under way when it opened change nothing`() {
        var breaker = Self.open()
        breaker.fail(now: Self.start + .seconds(3))
        breaker.abandon(now: Self.start + .seconds(3))
        #expect(breaker.admit(now: Self.start + .seconds(15)) == .probe)
    }
}
