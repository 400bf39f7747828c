import EventLoops
import Synchronization
import TestSupport
import Testing

@testable import WebSockets

@Suite(.timeLimit(.minutes(1))) struct WebSocketClientTests {
    @Test func `messages of every size come back whole and in order`() async throws {
        let server = ScriptedServer {
            $0.acceptUpgrade(); $0.echo()
        }
        try await withClient { client in
            let handler = RecordingHandler()
            let connection = try await client.connect(to: server.url, handler: handler)
            let messages = [0, 1, 125, 126, 65_535, 65_536, 300_000, 5_000_000].map { count in
                (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            }
            for message in messages { try connection.send(message) }
            for message in messages {
                let event = await handler.next()
                #expect(event == .text(message))
            }
            connection.close(code: 1000)
            #expect(await handler.all() == [.closed(1000, "closed by us")])
        }
    }

    @Test func `the handshake names the path, the host and no origin`() async throws {
        let head = Mutex("")
        let server = ScriptedServer { peer in
            let text = peer.acceptUpgrade()
            head.withLock { $0 = text }
            peer.frame(8, [0x03, 0xE8])
        }
        try await withClient { client in
            let handler = RecordingHandler()
            _ = try await client.connect(to: server.url, handler: handler)
            _ = await handler.all()
        }
        let text = head.withLock { $0 }
        #expect(text.hasPrefix("GET /socket?a=b HTTP/1.1\r\n"))
        #expect(text.contains("Host: 127.0.0.1:\(server.port)\r\n"))
        #expect(!text.lowercased().contains("origin:"))
        #expect(!text.lowercased().contains("sec-websocket-extensions"))
    }

    @Test func `fragments and interleaved pings become one message`() async throws {
        let server = ScriptedServer { peer in
            peer.acceptUpgrade()
            peer.frame(1, Array("one ".utf8), isFinal: false)
            peer.frame(9, Array("ping".utf8))
            peer.frame(0, Array("two ".utf8), isFinal: false)
            peer.frame(0, Array("three".utf8))
            peer.frame(2, [1, 2, 3])
            peer.frame(8, [0x0F, 0xA0] + Array("enough".utf8))
            _ = peer.readFrame()
        }
        try await withClient { client in
            let handler = RecordingHandler()
            _ = try await client.connect(to: server.url, handler: handler)
            #expect(
                await handler.all() == [
                    .text(Array("one two three".utf8)), .binary([1, 2, 3]), .closed(4000, "enough"),
                ]
            )
        }
    }

    @Test func `a lost connection is reported once as 1006 and sending fails from then on`() async throws {
        let server = ScriptedServer { peer in
            peer.acceptUpgrade()
            peer.frame(1, Array("last words".utf8))
            _ = peer.readFrame()
            peer.reset()
        }
        try await withClient { client in
            let handler = RecordingHandler()
            let connection = try await client.connect(to: server.url, handler: handler)
            #expect(await handler.next() == .text(Array("last words".utf8)))
            try connection.send(Array("go".utf8))
            #expect(await handler.all() == [.closed(1006, "the connection was lost")])
            #expect { try connection.send([]) } throws: { ($0 as? WebSocketError)?.code == .closed }
        }
    }

    @Test func `a peer that has vanished without a word is given up`() async throws {
        let server = ScriptedServer { peer in
            peer.acceptUpgrade()
            while peer.readFrame() != nil {}
        }
        try await withClient(limits: .init(pingInterval: .seconds(1), pongTimeout: .seconds(1))) { client in
            let handler = RecordingHandler()
            _ = try await client.connect(to: server.url, handler: handler)
            #expect(await handler.all() == [.closed(1006, "the connection was lost")])
        }
    }

    @Test func `a peer that answers a ping is asked again, not given up`() async throws {
        let server = ScriptedServer { peer in
            peer.acceptUpgrade()
            for _ in 0..<2 {
                guard let (opcode, payload) = peer.readFrame(), opcode == 9 else { return }
                peer.frame(10, payload)
            }
            peer.frame(8, [0x0F, 0xA0] + Array("enough".utf8))
            _ = peer.readFrame()
        }
        try await withClient(limits: .init(pingInterval: .seconds(1), pongTimeout: .seconds(1))) { client in
            let handler = RecordingHandler()
            _ = try await client.connect(to: server.url, handler: handler)
            #expect(await handler.all() == [.closed(4000, "enough")])
        }
    }

    @Test func `a message above the limit closes with 1009`() async throws {
        let code = Mutex<[UInt8]>([])
        let server = ScriptedServer { peer in
            peer.acceptUpgrade()
            peer.frame(1, [UInt8](repeating: 65, count: 2000))
            let payload = peer.readFrame()?.payload ?? []
            code.withLock { $0 = payload }
        }
        try await withClient(limits: .init(messageBytes: 1000)) { client in
            let handler = RecordingHandler()
            _ = try await client.connect(to: server.url, handler: handler)
            #expect(await handler.all() == [.closed(1009, "a message was longer than 1000 bytes")])
        }
        #expect(code.withLock { $0 } == [0x03, 0xF1])
    }

    @Test func `a peer that does not read fills the queue and send says so`() async throws {
        let server = ScriptedServer { peer in
            peer.acceptUpgrade()
            while !peer.read(1).isEmpty {}
        }
        try await withClient(limits: .init(queuedBytes: 4 << 20)) { client in
            let handler = RecordingHandler()
            let connection = try await client.connect(to: server.url, handler: handler)
            let message = [UInt8](repeating: 65, count: 1 << 20)
            #expect {
                for _ in 0..<1000 { try connection.send(message) }
            } throws: {
                ($0 as? WebSocketError)?.code == .queueFull
            }
        }
    }

    @Test func `a refused connection, a refused upgrade and a deadline are told apart`() async throws {
        let refusing = ScriptedServer { peer in
            while !peer.read(1).isEmpty {
                peer.write(Array("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n".utf8))
            }
        }
        let silent = ScriptedServer { peer in while !peer.read(1).isEmpty {} }
        let gone: String
        do { gone = ScriptedServer { _ in }.url }
        try await withClient { client in
            for (url, code) in [
                (gone, WebSocketError.Code.connectFailed), (refusing.url, .connectFailed), (silent.url, .timeout),
            ] {
                await #expect {
                    _ = try await client.connect(
                        to: url,
                        handler: RecordingHandler(),
                        deadline: .milliseconds(code == .timeout ? 200 : 5000)
                    )
                } throws: {
                    ($0 as? WebSocketError)?.code == code
                }
            }
        }
    }

    @Test func `a cancelled connect ends at once`() async throws {
        let silent = ScriptedServer { peer in while !peer.read(1).isEmpty {} }
        try await withClient { client in
            let url = silent.url
            let task = Task {
                _ = try await client.connect(to: url, handler: RecordingHandler(), deadline: .seconds(50))
            }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
    }

    @Test func `a host without an address is named`() async throws {
        try await withClient { client in
            await #expect {
                _ = try await client.connect(to: "wss://nowhere.invalid/", handler: RecordingHandler())
            } throws: {
                let error = $0 as? WebSocketError
                return error?.code == .connectFailed && error?.message.contains("'nowhere.invalid'") == true
            }
        }
    }

    @Test func `shutting the client down tells every handler and frees the loop`() async throws {
        let server = ScriptedServer {
            $0.acceptUpgrade(); $0.echo()
        }
        let handler = RecordingHandler()
        try await withClient { client in
            _ = try await client.connect(to: server.url, handler: handler)
        }
        #expect(await handler.all() == [.closed(1001, "the client was shut down")])
    }

    @Test func `clients can come and go on one loop`() async throws {
        let loop = EventLoop(name: "test")
        for _ in 0..<20 {
            let server = ScriptedServer {
                $0.acceptUpgrade(); $0.echo()
            }
            let client = WebSocketClient(on: loop)
            let handler = RecordingHandler()
            let connection = try await client.connect(to: server.url, handler: handler)
            try connection.send(Array("x".utf8))
            #expect(await handler.next() == .text(Array("x".utf8)))
            await client.shutdown()
        }
        await loop.shutdown()
    }
}

private func withClient(
    limits: WebSocketClientLimits = .init(),
    _ body: (WebSocketClient) async throws -> Void
) async throws {
    let loop = EventLoop(name: "test")
    let client = WebSocketClient(on: loop, limits: limits)
    var failure: (any Error)?
    do { try await body(client) } catch { failure = error }
    await client.shutdown()
    await loop.shutdown()
    if let failure { throw failure }
}
