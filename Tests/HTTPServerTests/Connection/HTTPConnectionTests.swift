import EventLoops
import FoundationEssentials
import Synchronization
import TestSupport
import Testing

@testable import HTTPServer

private let get = "GET /health HTTP/1.1\r\nHost: a\r\n\r\n"

/// Lets a handler say where it is, and a test wait for it.
private struct Signal: Sendable {
    private let stream: AsyncStream<String>
    private let continuation: AsyncStream<String>.Continuation
    init() { (stream, continuation) = AsyncStream.makeStream() }
    func send(_ word: String) { continuation.yield(word) }
    func next() async -> String? {
        for await word in stream { return word }
        return nil
    }
}

@Suite struct HTTPConnectionTests {
    private func settings(_ change: (inout HTTPListenerSettings) -> Void) -> HTTPListenerSettings {
        var settings = HTTPListenerSettings()
        change(&settings)
        return settings
    }

    @Test func `a slow head is 408 at an absolute deadline, whatever drips in`() async throws {
        try await TestServer.with(settings { $0.headTimeout = .seconds(1) }) { server in
            let start = ContinuousClock.now
            let client = try await server.client()
            for byte in ("GET /" + String(repeating: "a", count: 200)).utf8 where await !client.hasEnded {
                await client.send([byte])
                try await server.loop.sleep(for: .milliseconds(20))
            }
            #expect(await client.receiveAll().hasPrefix("HTTP/1.1 408"))
            #expect(ContinuousClock.now - start >= .seconds(1))
            await client.close()
        }
    }

    @Test func `silence and idle keep-alive connections are closed without an answer`() async throws {
        try await TestServer.with(settings { $0.headTimeout = .milliseconds(50) }) { server in
            let silent = try await server.client()
            #expect(await silent.receiveAll() == "")
        }
        try await TestServer.with(settings { $0.keepAliveTimeout = .milliseconds(50) }) { server in
            let idle = try await server.client()
            await idle.send(get)
            let answers = await idle.receive { _ in false }
            #expect(AnswerReader.answers(in: answers).map(\.status) == [200])
            while await server.listener.connectionCount > 0 { try await server.loop.sleep(for: .milliseconds(5)) }
        }
    }

    @Test func `a handler that throws closed ends the connection without an answer, and its slot is free again`()
        async throws
    {
        let cut = HTTPRoute("GET", "/cut") { _, _ in throw HTTPServerError(.closed, "gone") }
        try await TestServer.with(routes: [cut]) { server in
            let client = try await server.client()
            await client.send("GET /cut HTTP/1.1\r\nHost: a\r\n\r\nGET /health HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(await client.receiveAll() == "")
            await client.close()
            while await server.listener.connectionCount > 0 { try await server.loop.sleep(for: .milliseconds(1)) }
            let answer = try await server.exchange("GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 200"))
        }
    }

    @Test func `a slow body is 408, a slow handler 503`() async throws {
        let limits = settings {
            $0.bodyTimeout = .milliseconds(50)
            $0.handlerTimeout = .milliseconds(100)
        }
        let cancelled = Signal()
        let never = HTTPRoute("GET", "/never") { _, _ in
            do {
                try await Task.sleep(for: .seconds(3600))
            } catch {
                cancelled.send("cancelled")
                throw error
            }
            return .text("")
        }
        try await TestServer.with(limits, routes: [never]) { server in
            let slow = try await server.exchange("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel")
            #expect(slow.hasPrefix("HTTP/1.1 408"))
            #expect(try await server.exchange("GET /never HTTP/1.1\r\nHost: a\r\n\r\n").hasPrefix("HTTP/1.1 503"))
            #expect(await cancelled.next() == "cancelled")
        }
    }

    @Test func `a client that does not take its answer is cut off`() async throws {
        let big = HTTPRoute("GET", "/big") { _, _ in .bytes([UInt8](repeating: 7, count: 64 << 20), type: "a/b") }
        try await TestServer.with(settings { $0.writeTimeout = .milliseconds(100) }, routes: [big]) { server in
            let client = try await server.client()
            await client.stopReading()
            await client.send("GET /big HTTP/1.1\r\nHost: a\r\n\r\n")
            while await server.listener.connectionCount == 0 { await Task.yield() }
            while await server.listener.connectionCount > 0 { try await server.loop.sleep(for: .milliseconds(5)) }
            await client.close()
        }
    }

    @Test func `a reset cancels the handler, a half-close does not`() async throws {
        let signal = Signal()
        let wait = HTTPRoute("GET", "/wait") { _, _ in
            signal.send("started")
            do {
                try await Task.sleep(for: .seconds(3600))
            } catch {
                signal.send("cancelled")
            }
            return .text("")
        }
        let release = Signal()
        let gate = HTTPRoute("GET", "/gate") { _, _ in
            signal.send("at the gate")
            return .text(await release.next() ?? "")
        }
        try await TestServer.with(routes: [wait, gate]) { server in
            let client = try await server.client()
            // The second of two pipelined requests: the task of the first must not stand in for it.
            await client.send(get + "GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(await signal.next() == "started")
            _ = await client.receive(until: "ok")
            await client.reset()
            #expect(await signal.next() == "cancelled")
            let other = try await server.client()
            await other.send("GET /gate HTTP/1.1\r\nHost: a\r\n\r\n")
            await other.shutdown()
            #expect(await signal.next() == "at the gate")
            release.send("opened")
            #expect(await other.receiveAll().hasSuffix("\r\n\r\nopened"))
        }
    }

    @Test func `streams are chunked for 1.1, ended by closing for 1.0, and cut when they fail`() async throws {
        let stream = HTTPRoute("GET", "/stream") { _, _ in
            let left = Mutex([Array("hello".utf8), [], Array(" you".utf8)])
            return HTTPResponse(
                status: 200,
                body: .stream(length: nil) { left.withLock { $0.isEmpty ? nil : $0.removeFirst() } }
            )
        }
        let broken = HTTPRoute("GET", "/broken") { _, _ in
            HTTPResponse(status: 200, body: .stream(length: 10) { throw CancellationError() })
        }
        try await TestServer.with(routes: [stream, broken]) { server in
            let new = try await server.exchange("GET /stream HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            #expect(new.contains("\r\nTransfer-Encoding: chunked\r\n"))
            #expect(new.hasSuffix("\r\n\r\n5\r\nhello\r\n4\r\n you\r\n0\r\n\r\n"))
            let old = try await server.exchange("GET /stream HTTP/1.0\r\n\r\n")
            #expect(old.hasSuffix("\r\nConnection: close\r\n\r\nhello you"))
            let client = try await server.client()
            await client.send("GET /broken HTTP/1.1\r\nHost: a\r\n\r\n")
            let bytes = await client.receive { _ in false }
            #expect(String(decoding: bytes, as: UTF8.self).contains("\r\nContent-Length: 10\r\n"))
            #expect(AnswerReader.answers(in: bytes).isEmpty)
            #expect(await client.hasEnded)
        }
    }

    @Test func `HEAD and 204 have no body, and the connection goes on`() async throws {
        let empty = HTTPRoute("DELETE", "/x") { _, _ in HTTPResponse(status: 204, body: .bytes([1, 2])) }
        try await TestServer.with(routes: [empty]) { server in
            let text = "HEAD /health HTTP/1.1\r\nHost: a\r\n\r\nDELETE /x HTTP/1.1\r\nHost: a\r\n\r\n"
            let answer = try await server.exchange(
                text + "GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
            )
            let parts = answer.components(separatedBy: "\r\n\r\n")
            #expect(parts.count == 4)
            #expect(parts[0].hasPrefix("HTTP/1.1 200") && parts[0].contains("Content-Length: 2"))
            #expect(parts[1].hasPrefix("HTTP/1.1 204") && !parts[1].contains("Content-Length"))
            #expect(parts[3] == "ok")
        }
    }

    @Test func `a file is sent whole or in part, and a missing one is 404`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/file"
            let content = String(repeating: "0123456789", count: 100_000)
            try content.write(toFile: path, atomically: false, encoding: .utf8)
            let file = HTTPRoute("GET", "/file") { request, _ in
                .file(path, length: 1_000_000, type: "text/plain", tag: "\"a\"", for: request)
            }
            let missing = HTTPRoute("GET", "/missing") { request, _ in
                .file(path + "x", length: 5, type: "text/plain", tag: "\"a\"", for: request)
            }
            try await TestServer.with(routes: [file, missing]) { server in
                let end = "HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
                #expect(try await server.exchange("GET /file \(end)\r\n").hasSuffix("\r\n\r\n" + content))
                let part = try await server.exchange("GET /file \(end)Range: bytes=999995-\r\n\r\n")
                #expect(part.hasPrefix("HTTP/1.1 206 Partial Content\r\n"))
                #expect(part.contains("\r\nContent-Range: bytes 999995-999999/1000000\r\n"))
                #expect(part.hasSuffix("\r\n\r\n56789"))
                #expect(try await server.exchange("GET /file \(end)Range: bytes=1000000-\r\n\r\n").contains(" 416 "))
                #expect(try await server.exchange("GET /missing \(end)\r\n").hasPrefix("HTTP/1.1 404"))
            }
        }
    }

    @Test func `a handler's error is a 500 without details, its own refusal keeps status and fields`() async throws {
        struct Secret: Error {}
        let routes = [
            HTTPRoute("GET", "/fails") { _, _ in throw Secret() },
            HTTPRoute("GET", "/refuses") { _, _ in
                throw HTTPServerError(.unavailable, "Later", headers: ["Retry-After": "3"])
            },
            HTTPRoute("GET", "/injects") { _, _ in HTTPResponse(status: 200, headers: ["X": "a\r\nY: b"]) },
        ]
        try await TestServer.with(routes: routes) { server in
            let text = ["fails", "refuses", "injects"].map { "GET /\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined()
            let client = try await server.client()
            await client.send(text)
            await client.shutdown()
            let bytes = await client.receive { _ in false }
            let answers = AnswerReader.answers(in: bytes)
            #expect(answers.map(\.status) == [500, 503, 500])
            #expect(answers.first.map { String(decoding: $0.body, as: UTF8.self) }?.contains("Secret") == false)
            #expect(answers.dropFirst().first?.head.contains("\r\nRetry-After: 3") == true)
            #expect(!String(decoding: bytes, as: UTF8.self).contains("Y: b"))
        }
    }

    @Test func `only the allowed hosts are served, and whoever asks for another is told what to try`() async throws {
        func change(_ settings: inout HTTPListenerSettings) {
            settings.allowedHosts = ["localhost", "::1"]
            settings.hostRemedy = "name it in the settings"
        }
        try await TestServer.with(settings(change)) { server in
            for (host, status) in [("localhost:80", 200), ("LOCALHOST", 200), ("[::1]:9", 200), ("evil.example", 421)] {
                let text = "GET /health HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n"
                let answer = try await server.exchange(text)
                #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
                #expect(answer.contains("'evil.example' are not served here; name it in") == (status == 421))
            }
            let rest = "Host: localhost\r\nConnection: close\r\n\r\n"
            let foreign = try await server.exchange("GET http://evil.example/health HTTP/1.1\r\n" + rest)
            #expect(foreign.hasPrefix("HTTP/1.1 421 "))
        }
    }
}
