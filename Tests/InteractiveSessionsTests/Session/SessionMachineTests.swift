import JSON
import Testing

@testable import InteractiveSessions

/// Which requests run, wait or are refused, by plain calls.
@Suite struct SessionMachineTests {
    private let start = ContinuousClock.now
    private let open = id(0)

    private static func id(_ number: Int64) -> RequestID {
        guard let id = RequestID(.integer(number)) else { preconditionFailure("Cannot read \(number) as an id") }
        return id
    }

    private func machine(_ change: (inout SessionLimits) -> Void = { _ in }) -> SessionMachine {
        var limits = SessionLimits()
        change(&limits)
        return SessionMachine(limits, at: start)
    }

    /// A session with a context.
    private func openMachine(_ change: (inout SessionLimits) -> Void = { _ in }) -> SessionMachine {
        var machine = machine(change)
        #expect(machine.open(open, at: start) == [.start(open)])
        machine.opened(true)
        #expect(machine.ended(open, at: start) == (true, []))
        return machine
    }

    @Test func `nothing is done before open, and open is taken once`() {
        var machine = machine()
        let (one, two) = (Self.id(1), Self.id(2))
        #expect(machine.request(one, lanes: ["main"], at: start) == [.refuse(one, .notOpen)])
        #expect(machine.open(open, at: start) == [.start(open)])
        #expect(machine.phase == .opening)
        #expect(machine.request(one, lanes: ["main"], at: start) == [.refuse(one, .notOpen)])
        #expect(machine.open(two, at: start) == [.refuse(two, .alreadyOpen)])
        machine.opened(true)
        #expect(machine.ended(open, at: start) == (true, []))
        #expect(machine.phase == .open)
        #expect(machine.open(two, at: start) == [.refuse(two, .alreadyOpen)])
    }

    @Test func `a context that could not be had may be asked for again`() {
        var machine = machine()
        _ = machine.open(open, at: start)
        machine.opened(false)
        _ = machine.ended(open, at: start)
        #expect(machine.phase == .empty)
        #expect(machine.open(Self.id(1), at: start) == [.start(Self.id(1))])
    }

    @Test func `tasks of one page keep their order, those of others run beside them`() {
        var machine = openMachine()
        let (one, two, three, four) = (Self.id(1), Self.id(2), Self.id(3), Self.id(4))
        #expect(machine.request(one, lanes: ["main"], at: start) == [.start(one)])
        #expect(machine.request(two, lanes: ["main"], at: start) == [])
        #expect(machine.request(three, lanes: ["other"], at: start) == [.start(three)])
        #expect(machine.request(four, lanes: ["main"], at: start) == [])
        #expect(machine.ended(one, at: start) == (true, [.start(two)]))
        #expect(machine.ended(three, at: start) == (true, []))
        #expect(machine.ended(two, at: start) == (true, [.start(four)]))
    }

    @Test func `a task waits for the one that makes its page, and nothing overtakes who waits for two`() {
        var machine = openMachine()
        let (one, two, three) = (Self.id(1), Self.id(2), Self.id(3))
        #expect(machine.request(one, lanes: ["main", "popup"], at: start) == [.start(one)])
        #expect(machine.request(two, lanes: ["popup", "other"], at: start) == [])
        #expect(machine.request(three, lanes: ["other"], at: start) == [])
        #expect(machine.ended(one, at: start) == (true, [.start(two)]))
        #expect(machine.ended(two, at: start) == (true, [.start(three)]))
    }

    @Test func `an id at work, too many requests and too many pages are refused`() {
        var machine = openMachine {
            $0.requests = 2
            $0.pages = 1
        }
        let (one, two, three) = (Self.id(1), Self.id(2), Self.id(3))
        #expect(machine.request(one, lanes: ["a"], page: "a", at: start) == [.start(one)])
        #expect(machine.request(one, lanes: ["a"], page: "a", at: start) == [.refuse(one, .idInUse)])
        #expect(machine.request(two, lanes: ["b"], page: "b", at: start) == [.refuse(two, .tooManyPages(1))])
        #expect(machine.request(two, lanes: ["a"], page: "a", at: start) == [])
        #expect(machine.request(three, lanes: ["a"], page: "a", at: start) == [.refuse(three, .tooManyRequests(2))])
        _ = machine.ended(one, at: start)
        machine.pageClosed("a")
        #expect(machine.request(three, lanes: ["b"], page: "b", at: start) == [.start(three)])
    }

    @Test func `cancel stops who runs, drops who waits, and does not know others`() {
        var machine = openMachine()
        let (one, two, three) = (Self.id(1), Self.id(2), Self.id(3))
        _ = machine.request(one, lanes: ["main"], at: start)
        _ = machine.request(two, lanes: ["main"], at: start)
        _ = machine.request(three, lanes: ["main"], at: start)
        #expect(machine.cancel(two, at: start) == [.refuse(two, .cancelled)])
        #expect(machine.cancel(one, at: start) == [.cancel(one)])
        #expect(machine.ended(one, at: start) == (true, [.start(three)]))
        #expect(machine.cancel(one, at: start) == nil)
    }

    @Test func `a session without requests ends by idleness, one at work does not`() {
        var machine = openMachine { $0.idle = .seconds(60) }
        #expect(machine.wakeAt == start + .seconds(60))
        let one = Self.id(1)
        _ = machine.request(one, lanes: ["main"], at: start + .seconds(59))
        #expect(machine.tick(at: start + .seconds(200)) == [])
        _ = machine.ended(one, at: start + .seconds(200))
        #expect(machine.wakeAt == start + .seconds(260))
        #expect(machine.tick(at: start + .seconds(259)) == [])
        #expect(machine.tick(at: start + .seconds(260)) == [.announce(.idle), .close(.idle)])
        #expect(machine.wakeAt == nil)
        #expect(machine.tick(at: start + .seconds(999)) == [])
    }

    @Test func `an old session lets what runs end, refuses the rest, and is closed after the grace`() {
        var machine = openMachine {
            $0.maximumAge = .seconds(100)
            $0.grace = .seconds(5)
        }
        let (one, two, three) = (Self.id(1), Self.id(2), Self.id(3))
        _ = machine.request(one, lanes: ["main"], at: start)
        _ = machine.request(two, lanes: ["main"], at: start)
        let end = SessionEnd.maximumAge
        #expect(machine.tick(at: start + .seconds(100)) == [.announce(end), .refuse(two, .closing(end))])
        #expect(machine.request(three, lanes: [], at: start + .seconds(101)) == [.refuse(three, .closing(end))])
        #expect(machine.wakeAt == start + .seconds(105))
        var late = machine
        #expect(machine.ended(one, at: start + .seconds(102)) == (true, [.close(end)]))
        #expect(
            late.tick(at: start + .seconds(105)) == [.cancel(one), .refuse(one, .closing(end)), .close(end)]
        )
        #expect(late.ended(one, at: start + .seconds(106)) == (false, []))
    }

    @Test func `a lost browser fails nothing by itself, and the next open is another context`() {
        var machine = openMachine()
        let (one, two, three) = (Self.id(1), Self.id(2), Self.id(3))
        _ = machine.request(one, lanes: ["main"], page: "main", at: start)
        machine.contextLost()
        #expect(machine.pages.isEmpty)
        #expect(machine.request(two, lanes: ["main"], at: start) == [.refuse(two, .lost)])
        #expect(machine.ended(one, at: start) == (true, []))
        #expect(machine.open(three, at: start) == [.start(three)])
        machine.opened(true)
        #expect(machine.phase == .open)
    }

    @Test func `a client that is gone, or closes, stops everything at once and once`() {
        for end in [SessionEnd.disconnected, .requested, .slow] {
            var machine = openMachine()
            let (one, two) = (Self.id(1), Self.id(2))
            _ = machine.request(one, lanes: ["main"], at: start)
            _ = machine.request(two, lanes: ["main"], at: start)
            #expect(
                machine.end(end, at: start) == [
                    .cancel(one), .refuse(one, .closing(end)), .refuse(two, .closing(end)), .close(end),
                ]
            )
            #expect(machine.end(end, at: start) == [])
            #expect(machine.phase == .over(end))
        }
    }

    @Test func `a shutdown during a grace changes nothing, a client that leaves ends it`() {
        var machine = openMachine()
        let one = Self.id(1)
        _ = machine.request(one, lanes: ["main"], at: start)
        #expect(machine.end(.shutdown, at: start) == [.announce(.shutdown)])
        #expect(machine.end(.maximumAge, at: start) == [])
        #expect(machine.end(.disconnected, at: start).last == .close(.disconnected))
    }
}

private func == (left: (Bool, [SessionMachine.Action]), right: (Bool, [SessionMachine.Action])) -> Bool {
    left.0 == right.0 && left.1 == right.1
}
