import CDPProtocol
import Testing

@testable import CDP

@Suite struct CDPStateMachineTests {
    private typealias Machine = CDPConnection.StateMachine<String>
    private let page = TargetDomain.SessionID(rawValue: "PAGE")
    private let other = TargetDomain.SessionID(rawValue: "OTHER")
    private let start = ContinuousClock.now

    /// Starts a call whose token is its method; returns its id.
    private func begin(
        _ method: String,
        _ session: TargetDomain.SessionID?,
        seconds: Int = 10,
        in machine: inout Machine
    ) -> Int {
        let id = machine.takeID()
        let deadline = start.advanced(by: .seconds(seconds))
        guard case .send = machine.start(id, method, session: session, token: method, deadline: deadline) else {
            Issue.record("\(method) was not sent")
            return id
        }
        return id
    }

    private func failure(_ method: String, _ session: TargetDomain.SessionID?, in machine: inout Machine) -> CDPError? {
        let action = machine.start(machine.takeID(), method, session: session, token: method, deadline: start)
        if case .fail(let token, let error) = action {
            #expect(token == method)
            return error
        }
        return nil
    }

    @Test func `a reply resolves its call once, whatever the order`() {
        var machine = Machine()
        let (first, second) = (begin("A.a", page, in: &machine), begin("B.b", nil, in: &machine))
        guard case .resolve("B.b") = machine.reply(to: second), case .resolve("A.a") = machine.reply(to: first) else {
            Issue.record("replies went to the wrong calls")
            return
        }
        guard case .ignore = machine.reply(to: first) else {
            Issue.record("a second reply was taken")
            return
        }
        #expect(machine.pendingCount == 0)
    }

    @Test func `an unknown id is ignored`() {
        var machine = Machine()
        guard case .ignore = machine.reply(to: 99) else {
            Issue.record("an unknown reply was taken")
            return
        }
    }

    @Test func `deadlines fail what is due and nothing else`() {
        var machine = Machine()
        _ = begin("Slow.one", page, seconds: 5, in: &machine)
        _ = begin("Slow.two", page, seconds: 9, in: &machine)
        #expect(machine.nextDeadline == start.advanced(by: .seconds(5)))
        let due = machine.expire(at: start.advanced(by: .seconds(5)))
        #expect(due.map(\.0) == ["Slow.one"])
        #expect(due.first?.1.code == .timedOut)
        #expect(due.first?.1.message.contains("Slow.one") == true)
        #expect(machine.nextDeadline == start.advanced(by: .seconds(9)))
    }

    @Test func `a cancelled call is forgotten, its reply ignored`() {
        var machine = Machine()
        let id = begin("A.a", page, in: &machine)
        machine.cancel(id)
        guard case .ignore = machine.reply(to: id) else {
            Issue.record("a cancelled call was resolved")
            return
        }
        #expect(machine.nextDeadline == nil)
    }

    @Test func `a crash fails the session's calls but not a navigation, nor other sessions`() {
        var machine = Machine()
        _ = begin("Runtime.evaluate", page, in: &machine)
        let navigation = begin("Page.navigate", page, in: &machine)
        let elsewhere = begin("Runtime.evaluate", other, in: &machine)
        let failed = machine.sessionDidCrash(page)
        #expect(failed.map(\.0) == ["Runtime.evaluate"])
        #expect(failed.first?.1.code == .crashed)
        guard case .resolve = machine.reply(to: navigation), case .resolve = machine.reply(to: elsewhere) else {
            Issue.record("the crash took too much")
            return
        }
    }

    @Test func `a crashed session refuses new calls until it was revived, but navigates`() {
        var machine = Machine()
        _ = machine.sessionDidCrash(page)
        #expect(failure("Runtime.evaluate", page, in: &machine)?.code == .crashed)
        _ = begin("Page.navigate", page, in: &machine)
        machine.sessionDidRecover(page)
        _ = begin("Runtime.evaluate", page, in: &machine)
    }

    @Test func `a detached session fails its calls`() {
        var machine = Machine()
        _ = begin("Runtime.evaluate", page, in: &machine)
        _ = begin("Browser.getVersion", nil, in: &machine)
        let failed = machine.sessionDidDetach(page)
        #expect(failed.map(\.0) == ["Runtime.evaluate"])
        #expect(failed.first?.1.code == .detached)
        #expect(machine.pendingCount == 1)
    }

    @Test func `a lost connection fails everything, now and later, with one reason`() {
        var machine = Machine()
        _ = begin("A.a", page, in: &machine)
        _ = begin("B.b", nil, in: &machine)
        let reason = CDPError(.disconnected, "gone")
        #expect(machine.didClose(reason).map(\.0) == ["A.a", "B.b"])
        #expect(machine.didClose(CDPError(.disconnected, "again")).isEmpty)
        #expect(failure("C.c", nil, in: &machine) == reason)
    }
}
