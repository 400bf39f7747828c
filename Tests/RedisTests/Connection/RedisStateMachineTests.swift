import Testing

@testable import Redis

@Suite struct RedisStateMachineTests {
    private typealias Machine = RedisConnection.StateMachine

    private func ready() -> Machine {
        var machine = Machine()
        _ = machine.need()
        _ = machine.connected()
        _ = machine.prepared()
        return machine
    }

    @Test func `the first command connects, and those that follow wait`() {
        var machine = Machine()
        #expect(machine.need() == .connect)
        #expect(machine.need() == .none)
        #expect(machine.connected() == .prepare)
        #expect(machine.need() == .none)
        #expect(machine.prepared() == .flush)
        #expect(machine.need() == .flush)
    }

    @Test func `failures in a row are counted until a connection was good`() {
        var machine = Machine()
        _ = machine.need()
        #expect(machine.lost(isNeeded: true) == .reconnect(failures: 1))
        #expect(machine.pauseEnded(isNeeded: true) == .connect)
        #expect(machine.connected() == .prepare)
        #expect(machine.lost(isNeeded: true) == .reconnect(failures: 2))
        #expect(machine.pauseEnded(isNeeded: true) == .connect)
        _ = machine.connected()
        _ = machine.prepared()
        #expect(machine.lost(isNeeded: true) == .reconnect(failures: 0))
    }

    @Test func `a connection nobody needs is not opened again`() {
        var machine = ready()
        #expect(machine.lost(isNeeded: false) == .none)
        #expect(machine.need() == .connect)
        #expect(machine.lost(isNeeded: true) == .reconnect(failures: 1))
        #expect(machine.pauseEnded(isNeeded: false) == .none)
        #expect(machine.need() == .connect)
    }

    @Test func `closed is the end`() {
        var machine = ready()
        machine.close()
        #expect(machine.isClosed)
        #expect(machine.need() == .none)
        #expect(machine.lost(isNeeded: true) == .none)
        #expect(machine.pauseEnded(isNeeded: true) == .none)
        #expect(machine.connected() == .none)
    }
}
