import Synchronization
import TestSupport
import Testing

@testable import EventLoops

#if canImport(Glibc)
    import Glibc
#endif

/// Sends everything back, and counts.
private final class Echo: TCPConnectionHandler {
    private let connection: TCPConnection
    let closed = Mutex<[EventLoopError?]>([])
    init(_ connection: TCPConnection) { self.connection = connection }
    func connectionDidReceive(_ bytes: [UInt8]) { connection.write(bytes) }
    func connectionDidReceiveEnd() { connection.shutdown() }
    func connectionDidClose(_ error: EventLoopError?) { closed.withLock { $0.append(error) } }
}

/// A listener whose connections the test gets.
private struct Pair {
    let loop: EventLoop
    let client: RawClient
    let server: TCPConnection

    static func with(_ body: (Pair) async throws -> Void) async throws {
        let loop = EventLoop(name: "tcp-test")
        let (connections, continuation) = AsyncStream.makeStream(of: TCPConnection.self)
        let listener = try await TCPListener.listen(on: loop, at: SocketAddress(host: "127.0.0.1", port: 0)) {
            continuation.yield($0)
        }
        let client = try await RawClient(on: loop, port: listener.localAddress.port)
        var iterator = connections.makeAsyncIterator()
        let server = try #require(await iterator.next())
        try await body(Pair(loop: loop, client: client, server: server))
        await client.close()
        try await loop.run { server.close() }
        await listener.close()
        await loop.shutdown()
    }
}

@Suite struct TCPTests {
    @Test func `bytes go there and back, and each side ends on its own`() async throws {
        try await Pair.with { pair in
            let echo = Echo(pair.server)
            try await pair.loop.run {
                pair.server.handler = echo
                pair.server.startReading()
            }
            await pair.client.send("hello")
            #expect(await pair.client.receive(until: "hello") == "hello")
            await pair.client.send(" again")
            await pair.client.shutdown()
            #expect(await pair.client.receiveAll() == "hello again")
        }
    }

    @Test func `a connection moves to another loop, and what came before goes with it`() async throws {
        try await Pair.with { pair in
            let other = EventLoop(name: "tcp-test-2")
            await pair.client.send("before ")
            let moved = try await withCheckedThrowingContinuation { continuation in
                pair.loop.execute {
                    do {
                        try pair.server.move(to: other) { continuation.resume(returning: $0) }
                    } catch { continuation.resume(throwing: error) }
                }
            }
            let server = try #require(moved)
            #expect(try await !pair.loop.run { pair.server.isOpen })
            #expect(server.loop === other && server.remoteAddress == pair.server.remoteAddress)
            let echo = Echo(server)
            try await other.run {
                server.handler = echo
                server.startReading()
            }
            await pair.client.send("after")
            #expect(await pair.client.receive(until: "after") == "before after")
            await pair.client.shutdown()
            #expect(await pair.client.receiveAll() == "before after")
            try await other.run { server.close() }
            await other.shutdown()
        }
    }

    @Test func `a closed connection cannot move`() async throws {
        try await Pair.with { pair in
            let other = EventLoop(name: "tcp-test-2")
            await #expect(throws: EventLoopError.self) {
                try await pair.loop.run {
                    pair.server.close()
                    try pair.server.move(to: other) { _ in Issue.record("It moved") }
                }
            }
            await other.shutdown()
        }
    }

    @Test func `a peer that does not read holds a write back until it reads or goes`() async throws {
        try await Pair.with { pair in
            await pair.client.stopReading()
            let bytes = [UInt8](repeating: 7, count: 12 << 20)
            async let written: Void = pair.server.writeAndWait(bytes)
            while try await pair.loop.run({ pair.server.queuedBytes }) == 0 { await Task.yield() }
            let second = await withCheckedContinuation { continuation in
                pair.loop.execute { pair.server.write(bytes) { continuation.resume(returning: $0?.code) } }
            }
            #expect(second == .queueFull)
            await pair.client.startReading()
            try await written
            let received = await pair.client.receive { $0.count == bytes.count }
            #expect(received.count == bytes.count)
        }
    }

    @Test func `closing fails what waits to be written, exactly once`() async throws {
        try await Pair.with { pair in
            await pair.client.stopReading()
            let written = Task { try await pair.server.writeAndWait([UInt8](repeating: 7, count: 12 << 20)) }
            while try await pair.loop.run({ pair.server.queuedBytes }) == 0 { await Task.yield() }
            try await pair.loop.run { pair.server.close() }
            await #expect(throws: EventLoopError.self) { try await written.value }
            await #expect(throws: EventLoopError.self) { try await pair.server.writeAndWait([1]) }
        }
    }

    @Test func `writing to a peer that is gone fails and does not end the process`() async throws {
        try await Pair.with { pair in
            await pair.client.send("x")
            await pair.client.reset()
            await #expect(throws: EventLoopError.self) {
                // The first write may still be taken; the answer to it is a reset, the next one a broken pipe.
                for _ in 0..<1000 { try await pair.server.writeAndWait([1]) }
            }
        }
    }

    @Test func `a reset by the peer is reported as closed`() async throws {
        try await Pair.with { pair in
            let echo = Echo(pair.server)
            try await pair.loop.run {
                pair.server.handler = echo
                pair.server.startReading()
            }
            await pair.client.send("x")
            _ = await pair.client.receive(until: "x")
            await pair.client.reset()
            while echo.closed.withLock(\.isEmpty) { await Task.yield() }
            #expect(echo.closed.withLock { $0.map { $0?.code } } == [.closed])
        }
    }

    @Test func `a port in use, a bad address and a closed port are told apart`() async throws {
        let loop = EventLoop(name: "tcp-test")
        let listener = try await TCPListener.listen(on: loop, at: SocketAddress(host: "::1", port: 0)) { $0.close() }
        let taken = listener.localAddress
        #expect(taken.host == "::1" && taken.port > 0)
        let inUse = await #expect(throws: EventLoopError.self) {
            _ = try await TCPListener.listen(on: loop, at: taken) { $0.close() }
        }
        #expect(inUse?.code == .addressInUse)
        #expect(inUse?.message == "Cannot listen on [::1]:\(taken.port): address already in use")
        for bad in [SocketAddress(host: "example.com", port: 1), SocketAddress(host: "127.0.0.1", port: 70000)] {
            await #expect(throws: EventLoopError.self) {
                _ = try await TCPListener.listen(on: loop, at: bad) { $0.close() }
            }
        }
        await listener.close()
        await #expect(throws: EventLoopError.self) { _ = try await TCPConnection.connect(on: loop, to: taken) }
        await loop.shutdown()
    }

    @Test func `files are read in pieces, and what is not a file is refused`() async throws {
        let loop = EventLoop(name: "file-test")
        try await withTemporaryDirectory { directory in
            let path = directory + "/a"
            try Array("0123456789".utf8).withUnsafeBytes { bytes in
                let file = try #require(fopen(path, "w"))
                #expect(fwrite(bytes.baseAddress, 1, bytes.count, file) == bytes.count)
                fclose(file)
            }
            let reader = try await FileReader.open(path, on: loop)
            #expect(reader.length == 10)
            #expect(try await reader.read(at: 8, count: 5) == Array("89".utf8))
            await reader.close()
            for wrong in [directory, directory + "/none"] {
                await #expect(throws: EventLoopError.self) { _ = try await FileReader.open(wrong, on: loop) }
            }
        }
        await loop.shutdown()
    }

    @Test func `a deadline can be moved, taken away and set again`() async {
        let loop = EventLoop(name: "timer-test")
        let fired = await withCheckedContinuation { continuation in
            loop.execute {
                let start = ContinuousClock.now
                nonisolated(unsafe) var deadline: LoopDeadline?
                deadline = LoopDeadline(on: loop) {
                    deadline?.close()
                    deadline = nil
                    continuation.resume(returning: ContinuousClock.now - start)
                }
                deadline?.set(after: .milliseconds(1))
                deadline?.clear()
                deadline?.set(after: .seconds(3600))
                deadline?.set(after: .milliseconds(20))
            }
        }
        #expect(fired >= .milliseconds(20))
        await loop.shutdown()
    }

    @Test func `a deadline passes once, when it was moved to, and not at all when it was taken away`() async {
        let loop = EventLoop(name: "timer-test")
        let times = await withCheckedContinuation { continuation in
            loop.execute {
                let start = ContinuousClock.now
                nonisolated(unsafe) var times: [String: [Duration]] = [:]
                nonisolated(unsafe) var deadlines: [LoopDeadline] = []
                func deadline(_ name: String, then: @escaping () -> Void = {}) -> LoopDeadline {
                    let made = LoopDeadline(on: loop) {
                        times[name, default: []].append(ContinuousClock.now - start)
                        then()
                    }
                    deadlines.append(made)
                    return made
                }
                let moved = deadline("moved")
                moved.set(after: .milliseconds(5))
                moved.set(after: .milliseconds(40))
                let cleared = deadline("cleared")
                cleared.set(after: .milliseconds(5))
                cleared.clear()
                nonisolated(unsafe) var again: LoopDeadline?
                again = deadline("again") { if times["again"]?.count == 1 { again?.set(after: .milliseconds(5)) } }
                again?.set(after: .milliseconds(10))
                deadline("last") {
                    for each in deadlines { each.close() }
                    (again, deadlines) = (nil, [])
                    continuation.resume(returning: times)
                }.set(after: .milliseconds(80))
            }
        }
        #expect(times["moved"]?.count == 1 && times["moved"]?.allSatisfy { $0 >= .milliseconds(40) } == true)
        #expect(times["cleared"] == nil)
        #expect(times["again"]?.count == 2)
        await loop.shutdown()
    }
}
