import Testing

@testable import WebSockets

@Suite struct LWSConnectionStateMachineTests {
    private typealias Machine = LWSConnection.StateMachine

    private func open() -> Machine {
        var machine = Machine()
        _ = machine.handshakeCompleted()
        return machine
    }

    @Test func `a connect ends once, with success or with its first failure`() {
        var machine = Machine()
        #expect(machine.handshakeCompleted() == .succeedConnect)
        #expect(machine.isOpen)
        #expect(machine.connectFailed(.deadline) == .none)
        var failing = Machine()
        #expect(failing.connectFailed(.deadline) == .failConnect(.deadline))
        #expect(failing.connectFailed(.refused("late")) == .none)
        #expect(failing.handshakeCompleted() == .none)
        #expect(failing.connectionEnded() == .none)
    }

    @Test func `a socket that goes during the handshake fails the connect`() {
        var machine = Machine()
        #expect(machine.connectionEnded() == .failConnect(.refused("the connection was closed during the handshake")))
    }

    @Test func `a close during the handshake cancels it`() {
        var machine = Machine()
        #expect(machine.close(code: 1000, reason: "") == .failConnect(.cancelled))
    }

    @Test func `a loss is 1006 and reported once`() {
        var machine = open()
        #expect(machine.connectionEnded() == .reportClose(code: 1006, reason: "the connection was lost"))
        #expect(machine.connectionEnded() == .none)
    }

    @Test func `our close begins once and is reported when the socket has gone`() {
        var machine = open()
        #expect(machine.close(code: 1000, reason: "enough") == .beginClose(code: 1000))
        #expect(!machine.isOpen)
        #expect(machine.close(code: 1001, reason: "again") == .none)
        #expect(machine.connectionEnded() == .reportClose(code: 1000, reason: "enough"))
    }

    @Test func `the peer's words win over ours`() {
        var machine = open()
        _ = machine.close(code: 1000, reason: "enough")
        #expect(machine.peerClosed(code: 4000, reason: "mine") == .none)
        #expect(machine.connectionEnded() == .reportClose(code: 4000, reason: "mine"))
    }

    @Test func `shutting down ends every state at once`() {
        var connecting = Machine()
        #expect(connecting.clientShutDown() == .failConnect(.clientClosed))
        var running = open()
        #expect(running.clientShutDown() == .reportClose(code: 1001, reason: "the client was shut down"))
        #expect(running.clientShutDown() == .none)
        #expect(running.connectionEnded() == .none)
    }
}
