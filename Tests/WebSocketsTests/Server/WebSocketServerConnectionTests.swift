import Cryptography
import EventLoops
import HTTPServer
import Synchronization
import TestSupport
import Testing

@testable import WebSockets

/// Notes what a connection reports.
private final class Recorder: WebSocketHandler {
    let messages: AsyncStream<String>
    let ends: AsyncStream<UInt16>
    private let message: AsyncStream<String>.Continuation
    private let end: AsyncStream<UInt16>.Continuation

    init() {
        (messages, message) = AsyncStream.makeStream()
        (ends, end) = AsyncStream.makeStream()
    }

    func webSocketDidReceive(_ bytes: [UInt8], isText: Bool) { message.yield(String(decoding: bytes, as: UTF8.self)) }
    func webSocketDidClose(code: UInt16, reason: String) { end.yield(code) }

    func nextMessage() async -> String? { await messages.first { _ in true } }
    func closeCode() async -> UInt16? { await ends.first { _ in true } }
}

/// A server with `/ws`; the test gets its end of the first connection.
private struct WebSocketServer {
    let loop: EventLoop
    let listener: HTTPListener
    let recorder: Recorder
    private let connections: AsyncStream<WebSocketServerConnection>

    static func with(
        _ change: (inout WebSocketServerLimits) -> Void = { _ in },
        tls: TLSServerContext? = nil,
        _ body: (WebSocketServer) async throws -> Void
    ) async throws {
        var limits = WebSocketServerLimits()
        change(&limits)
        let loop = EventLoop(name: "ws-test")
        let (connections, continuation) = AsyncStream.makeStream(of: WebSocketServerConnection.self)
        let recorder = Recorder()
        let router = HTTPRouter([
            HTTPRoute("GET", "/ws") { [limits] request, _ in
                let handshake: WebSocketHandshake
                do {
                    handshake = try WebSocketHandshake(
                        method: request.method,
                        minorVersion: request.minorVersion,
                        values: request.headers.values
                    )
                } catch let refusal as WebSocketHandshake.Refusal {
                    var response = HTTPResponse.text(refusal.message, status: refusal.status)
                    for (name, value) in refusal.headers { response.headers[name] = value }
                    return response
                }
                var response = HTTPResponse(
                    status: 101,
                    body: .upgrade { upgraded in
                        let connection = WebSocketServerConnection(
                            upgraded.connection,
                            leftover: upgraded.leftover,
                            limits: limits,
                            handler: recorder
                        )
                        await connection.start()
                        continuation.yield(connection)
                        await connection.closed()
                    }
                )
                for (name, value) in handshake.headers { response.headers[name] = value }
                return response
            }
        ])
        var settings = HTTPListenerSettings()
        settings.tls = tls
        let listener = try await HTTPListener.start(on: loop, settings: settings, handler: router)
        let server = WebSocketServer(loop: loop, listener: listener, recorder: recorder, connections: connections)
        do {
            try await body(server)
        } catch {
            await listener.close()
            await loop.shutdown()
            throw error
        }
        await listener.close()
        await loop.shutdown()
    }

    private init(
        loop: EventLoop,
        listener: HTTPListener,
        recorder: Recorder,
        connections: AsyncStream<WebSocketServerConnection>
    ) {
        self.loop = loop
        self.listener = listener
        self.recorder = recorder
        self.connections = connections
    }

    static let request = """
        GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n
        """

    func nextConnection() async -> WebSocketServerConnection? { await connections.first { _ in true } }

    /// A client behind its handshake, and the server's end.
    func connect(sending frames: [ClientFrame] = []) async throws -> (RawClient, WebSocketServerConnection) {
        let client = try await RawClient(on: loop, port: await listener.localPort)
        await client.send(Array(Self.request.utf8) + frames.flatMap(\.bytes))
        let answer = await client.receive(until: "\r\n\r\n")
        #expect(answer.hasPrefix("HTTP/1.1 101 Switching Protocols\r\n"))
        #expect(answer.contains("\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"))
        await client.forget(through: "\r\n\r\n")
        let connection = try #require(await nextConnection())
        return (client, connection)
    }
}

@Suite struct WebSocketServerConnectionTests {
    @Test func `messages go both ways and a close is answered with its code`() async throws {
        try await WebSocketServer.with { server in
            let (client, connection) = try await server.connect()
            await client.send(ClientFrame.text("hello").bytes)
            #expect(await server.recorder.nextMessage() == "hello")
            try await connection.send(Array("good day".utf8))
            let bytes = await client.receive { !ServerFrame.all(in: $0).isEmpty }
            #expect(ServerFrame.all(in: bytes).map(\.text) == ["good day"])
            await client.forget()
            await client.send(ClientFrame.close(4321).bytes)
            let end = await client.receive { _ in false }
            #expect(ServerFrame.all(in: end).map(\.closeCode) == [4321])
            #expect(await client.hasEnded)
            await client.close()
            #expect(await server.recorder.closeCode() == 4321)
            await #expect(throws: WebSocketError.self) { try await connection.send([0x78]) }
        }
    }

    @Test func `frames that come with the handshake are not lost`() async throws {
        try await WebSocketServer.with { server in
            let (client, _) = try await server.connect(sending: [.text("early")])
            #expect(await server.recorder.nextMessage() == "early")
            await client.close()
            #expect(await server.recorder.closeCode() == 1006)
        }
    }

    @Test func `our close follows what was queued, and a peer that does not answer it is dropped`() async throws {
        try await WebSocketServer.with({ $0.closeTimeout = .milliseconds(50) }) { server in
            let (client, connection) = try await server.connect()
            try await connection.send(Array("last".utf8))
            await connection.close(code: 4000, reason: "end")
            await connection.closed()
            let all = ServerFrame.all(in: await client.receive { _ in false })
            #expect(all.map(\.opcode) == [1, 8])
            #expect(all.last?.closeCode == 4000)
            #expect(await server.recorder.closeCode() == 4000)
            await client.close()
        }
    }

    @Test func `a broken frame is answered by 1002 and the connection ends`() async throws {
        try await WebSocketServer.with { server in
            let (client, _) = try await server.connect()
            await client.send(ClientFrame(opcode: 1, payload: [0x61], isMasked: false).bytes)
            let bytes = await client.receive { _ in false }
            #expect(ServerFrame.all(in: bytes).map(\.closeCode) == [1002])
            await client.close()
            #expect(await server.recorder.closeCode() == 1002)
        }
    }

    @Test func `a silent peer is asked for a sign of life, and closed without one`() async throws {
        try await WebSocketServer.with({
            $0.pingInterval = .milliseconds(30)
            $0.pongTimeout = .milliseconds(1500)
            $0.closeTimeout = .milliseconds(50)
            $0.pongTimeoutCode = 4012
        }) { server in
            let (client, _) = try await server.connect()
            let ping = await client.receive { !ServerFrame.all(in: $0).isEmpty }
            #expect(ServerFrame.all(in: ping).map(\.opcode) == [9])
            await client.send(ClientFrame(opcode: 10).bytes)
            let all = ServerFrame.all(in: await client.receive { _ in false })
            #expect(all.dropLast().allSatisfy { $0.opcode == 9 } && all.count >= 3)
            #expect(all.last?.closeCode == 4012)
            #expect(await server.recorder.closeCode() == 4012)
            await client.close()
        }
    }

    @Test func `a peer that does not read fills its queue and no more, and gets everything when it reads`() async throws
    {
        try await WebSocketServer.with({ $0.queuedBytes = 100_000 }) { server in
            let (client, connection) = try await server.connect()
            await client.stopReading()
            let message = [UInt8](repeating: 0x78, count: 1000)
            var sent = 0
            do {
                while sent < 1_000_000 {
                    try await connection.send(message)
                    sent += 1
                }
                Issue.record("A million messages were queued")
            } catch let error as WebSocketError {
                #expect(error.code == .queueFull)
            }
            #expect(await connection.queuedBytes < 400_000)
            #expect(await !connection.drained(within: .milliseconds(20)))
            await client.startReading()
            #expect(await connection.drained(within: .seconds(10)))
            let total = sent
            let bytes = await client.receive { ServerFrame.all(in: $0).count == total }
            #expect(ServerFrame.all(in: bytes).count == sent)
            await client.close()
        }
    }

    @Test func `a request that is no handshake is 426, a body 400`() async throws {
        try await WebSocketServer.with { server in
            let request = WebSocketServer.request
            let examples = [
                ("GET /ws HTTP/1.1\r\nHost: a\r\n\r\n", "426"),
                (request.replacing("Version: 13", with: "Version: 8"), "426"),
                (request.replacing("HTTP/1.1", with: "HTTP/1.0"), "426"),
                (request.replacing("Key: d", with: "Key: "), "426"),
                (request.replacing("Connection: Upgrade", with: "X: y"), "426"),
                (request.replacing("GET", with: "POST"), "405"),
                (request.replacing("Host: a", with: "Host: a\r\nContent-Length: 5"), "400"),
            ]
            for (request, status) in examples {
                let client = try await RawClient(on: server.loop, port: await server.listener.localPort)
                await client.send(request)
                let answer = await client.receive(until: "\r\n\r\n")
                #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(request)")
                await client.close()
            }
        }
    }

    @Test func `libwebsockets and we understand each other`() async throws {
        try await WebSocketServer.with { server in
            let client = WebSocketClient(on: server.loop)
            try await talk(client, "ws://127.0.0.1:\(await server.listener.localPort)/ws", server)
            await client.shutdown()
        }
    }
}

/// One at a time, because of libwebsockets (docs/workarounds.md).
@Suite(.serialized) struct WebSocketTLSTests {
    @Test(arguments: ["127.0.0.1", "localhost"])
    func `libwebsockets and we understand each other over TLS, when the certificate is made out to the host`(
        host: String
    ) async throws {
        try await withTLS { server, certificate in
            let client = WebSocketClient(on: server.loop, certificateAuthorities: certificate.authority)
            try await talk(client, "wss://\(host):\(await server.listener.localPort)/ws", server)
            await client.shutdown()
        }
    }

    @Test func `nothing is said to a server that nobody vouches for, or to another one than was asked for`()
        async throws
    {
        try await withTLS(for: "127.0.0.9") { server, certificate in
            let port = await server.listener.localPort
            let known = WebSocketClient(on: server.loop, certificateAuthorities: certificate.authority)
            let unknown = WebSocketClient(on: server.loop)
            for (client, host) in [(unknown, "localhost"), (known, "127.0.0.1")] {
                await #expect {
                    _ = try await client.connect(to: "wss://\(host):\(port)/ws", handler: Recorder())
                } throws: {
                    ($0 as? WebSocketError)?.code == .connectFailed
                }
            }
            try await talk(known, "wss://localhost:\(port)/ws", server)
            for client in [known, unknown] { await client.shutdown() }
        }
    }

    private func withTLS(
        for address: String = "127.0.0.1",
        _ body: (WebSocketServer, TestCertificate) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            let certificate = try await TestCertificate.make(in: directory, for: address)
            let tls = try TLSServerContext(certificateFile: certificate.certificate, keyFile: certificate.key)
            try await WebSocketServer.with(tls: tls) { try await body($0, certificate) }
        }
    }
}

/// Long messages both ways, and an end by the server.
private func talk(_ client: WebSocketClient, _ url: String, _ server: WebSocketServer) async throws {
    let recorder = Recorder()
    let theirs = try await client.connect(to: url, handler: recorder)
    let ours = try #require(await server.nextConnection())
    let text = String(repeating: "ä", count: 20000)
    try theirs.send(Array(text.utf8))
    #expect(await server.recorder.nextMessage() == text)
    // More than the client reads at once, and than a record of TLS holds.
    let long = String(repeating: "ö", count: 200_000)
    for text in [long, text, long] { try await ours.send(Array(text.utf8)) }
    for text in [long, text, long] { #expect(await recorder.nextMessage() == text) }
    await ours.close(code: 4000)
    let codes = [await server.recorder.closeCode(), await recorder.closeCode()]
    #expect(codes == [4000, 4000])
}
