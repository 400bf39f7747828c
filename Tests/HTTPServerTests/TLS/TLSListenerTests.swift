import EventLoops
import TestSupport
import Testing

@testable import HTTPServer

/// The server behind TLS, with clients of other makers: curl, Python's ssl, OpenSSL's s_client.
@Suite struct TLSListenerTests {
    @Test func `curl that trusts the authority is answered over TLS, one that does not refuses`() async throws {
        try await TLSServer.with { tls in
            let answer = try await tls.curl("-v", "https://127.0.0.1:\(tls.port)/health")
            #expect(answer.isSuccess)
            #expect(answer.text.contains("HTTP/1.1 200 OK"))
            #expect(answer.text.contains("server accepted http/1.1"))
            let stranger = try await CommandRun.run("/usr/bin/curl", ["-sS", "https://127.0.0.1:\(tls.port)/health"])
            #expect(stranger.exit == .exited(code: 60))
        }
    }

    @Test func `a body of 8 MB goes there and back, and several requests share a connection`() async throws {
        try await TLSServer.with { tls in
            let run = try await tls.python(
                """
                from http.client import HTTPSConnection
                from os import urandom
                connection = HTTPSConnection("127.0.0.1", \(tls.port),
                    context=create_default_context(cafile="\(tls.certificate.authority)"))
                body = urandom(8 << 20)
                for size in (0, 1, 16384, 16385, 8 << 20):
                    connection.request("POST", "/echo", body[:size])
                    assert connection.getresponse().read() == body[:size], size
                print("same")
                """
            )
            #expect(run.text == "same")
        }
    }

    @Test func `two thousand pipelined requests of a client that reads late are answered in order`() async throws {
        try await TLSServer.with { tls in
            let run = try await tls.python(
                """
                # All is sent before anything is read, by one thread: an SSL object of Python's must not be used by two at once.
                stream, count = connect(), 2000
                for i in range(count):
                    body = b"%05d" % i
                    stream.sendall(b"POST /echo HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: 5\\r\\n\\r\\n" + body)
                stream.sendall(b"GET /health HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\n\\r\\n")
                received = b""
                while piece := stream.recv(65536): received += piece
                bodies = [part.split(b"HTTP/1.1")[0] for part in received.split(b"\\r\\n\\r\\n")[1:]]
                assert bodies == [b"%05d" % i for i in range(count)] + [b"ok"], bodies[:3]
                print("in order, and ended by close_notify")
                """
            )
            #expect(run.text == "in order, and ended by close_notify")
        }
    }

    @Test func `a client that takes nothing of its answer is cut`() async throws {
        var settings = HTTPListenerSettings()
        settings.writeTimeout = .milliseconds(200)
        let large = HTTPRoute("GET", "/large") { _, _ in .bytes([UInt8](repeating: 65, count: 64 << 20), type: "a/b") }
        try await TLSServer.with(settings, routes: [large]) { tls in
            let run = try await tls.python(
                """
                stream = connect()
                stream.sendall(b"GET /large HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n")
                stream.recv(100)
                # Reads nothing until the server has given up.
                from select import POLLERR, POLLHUP, poll
                waiting = poll()
                waiting.register(stream.fileno(), POLLHUP | POLLERR)
                print(bool(waiting.poll(15000)))
                """
            )
            #expect(run.text == "True")
            await tls.settle()
        }
    }

    @Test func `an upgraded connection stays encrypted, and what was sent behind the request comes along`() async throws
    {
        let echo = HTTPRoute("GET", "/raw") { _, _ in
            HTTPResponse(
                status: 101,
                headers: ["Upgrade": "raw"],
                body: .upgrade { upgraded in await EchoingStream.run(upgraded) }
            )
        }
        try await TLSServer.with(routes: [echo]) { tls in
            let run = try await tls.python(
                """
                stream = connect()
                request = b"GET /raw HTTP/1.1\\r\\nHost: a\\r\\nConnection: Upgrade\\r\\nUpgrade: raw\\r\\n\\r\\n"
                stream.sendall(request + b"early")
                received = b""
                while not received.endswith(b"early"): received += stream.recv(4096)
                assert received.startswith(b"HTTP/1.1 101")
                message = bytes(range(256)) * 4000
                received = b""
                for at in range(0, len(message), 65536):
                    stream.sendall(message[at:at + 65536])
                    while len(received) < min(at + 65536, len(message)): received += stream.recv(65536)
                stream.sendall(b"bye")
                while piece := stream.recv(65536): received += piece
                assert received == message + b"bye", len(received)
                print("echoed")
                """
            )
            #expect(run.text == "echoed")
            await tls.settle()
        }
    }
}

// MARK: Clients that do it wrong

extension TLSListenerTests {
    @Test func `HTTP without TLS is told so in plain text`() async throws {
        try await TLSServer.with { tls in
            let answer = try await tls.server.exchange("GET /health HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
            #expect(answer.hasSuffix("\r\n\r\nThis port speaks HTTPS only: use https:// in the address\n"))
            await tls.settle()
        }
    }

    @Test(arguments: [
        "\u{0}\u{1}\u{2}\u{3}\u{4}\u{5}\u{6}\u{7}\u{8}\u{9}\u{A}\u{B}", "SSH-2.0-OpenSSH_9.2\r\n",
        "\u{16}\u{3}\u{1}\u{7F}\u{7F}" + String(repeating: "x", count: 40_000),
    ])
    func `garbage ends the connection with an alert at most, and others go on`(garbage: String) async throws {
        try await TLSServer.with { tls in
            let client = try await tls.server.client()
            await client.send(Array(garbage.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }))
            let answer = await client.receive { _ in false }
            #expect(await client.hasEnded)
            #expect(answer.isEmpty || answer.first == 21)
            await client.close()
            await tls.settle()
            #expect(try await tls.curl("https://127.0.0.1:\(tls.port)/health").text == "ok")
        }
    }

    @Test(arguments: [[], [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC, 0x03, 0x03]] as [[UInt8]])
    func `a handshake that does not come to its end is ended by its deadline`(bytes: [UInt8]) async throws {
        var settings = HTTPListenerSettings()
        settings.handshakeTimeout = .milliseconds(100)
        settings.headTimeout = .seconds(3600)
        try await TLSServer.with(settings) { tls in
            let client = try await tls.server.client()
            await client.send(bytes)
            #expect(await client.receiveAll(within: .seconds(30)) == "")
            #expect(await client.hasEnded)
            await client.close()
            await tls.settle()
        }
    }

    @Test func `a client that leaves within the handshake leaves nothing behind`() async throws {
        try await TLSServer.with { tls in
            for end in 0..<2 {
                let client = try await tls.server.client()
                await client.send([0x16, 0x03, 0x01, 0x02, 0x00, 0x01])
                while await tls.server.listener.connectionCount == 0 { await Task.yield() }
                if end == 0 { await client.close() } else { await client.reset() }
                await tls.settle()
            }
        }
    }

    @Test func `renegotiation, old versions and other protocols by ALPN are refused`() async throws {
        try await TLSServer.with { tls in
            let again = try await tls.sClient("-tls1_2", input: "echo R; sleep 1")
            #expect(again.text.contains("Verification: OK"))
            #expect(again.text.contains("no renegotiation"))
            let old = try await tls.sClient("-tls1_1 -cipher ALL:@SECLEVEL=0")
            #expect(old.text.contains("alert protocol version"))
            let other = try await tls.sClient("-alpn h2")
            #expect(other.text.contains("alert no application protocol"))
            let both = try await tls.sClient("-alpn h2,http/1.1")
            #expect(both.text.contains("ALPN protocol: http/1.1"))
            let none = try await tls.sClient("-tls1_3")
            #expect(none.text.contains("No ALPN negotiated"))
            #expect(none.text.contains("Verification: OK"))
            await tls.settle()
        }
    }
}

/// Sends back what comes until that ends with `bye`; then closes.
private actor EchoingStream: TCPConnectionHandler {
    private let stream: any StreamConnection
    nonisolated var unownedExecutor: UnownedSerialExecutor { stream.loop.asUnownedSerialExecutor() }
    private var waiting: CheckedContinuation<Void, Never>?
    private var tail: [UInt8] = []

    static func run(_ upgraded: UpgradedConnection) async {
        await EchoingStream(upgraded.connection).run(upgraded.leftover)
    }

    private init(_ stream: any StreamConnection) { self.stream = stream }

    private func run(_ leftover: [UInt8]) async {
        stream.handler = self
        await withCheckedContinuation { continuation in
            waiting = continuation
            stream.startReading()
            echo(leftover)
        }
    }

    /// Stops reading while what is echoed waits: the peer may send more than it reads.
    private func echo(_ bytes: [UInt8]) {
        tail = (tail + bytes).suffix(3)
        let isLast = tail == Array("bye".utf8)
        stream.stopReading()
        stream.write(bytes) { [stream] _ in
            if isLast { stream.close() } else { stream.startReading() }
        }
    }

    nonisolated func connectionDidReceive(_ bytes: [UInt8]) { assumeIsolated { $0.echo(bytes) } }
    nonisolated func connectionDidReceiveEnd() { assumeIsolated { $0.stream.close() } }
    nonisolated func connectionDidClose(_ error: EventLoopError?) {
        assumeIsolated { echo in
            echo.waiting?.resume()
            echo.waiting = nil
        }
    }
}
