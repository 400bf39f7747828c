import EventLoops
import Synchronization
import TestSupport
import Testing

@testable import HTTPServer

/// A listener with a few routes and everything a test needs around it.
struct TestServer {
    let loop: EventLoop
    let listener: HTTPListener

    static func with<R>(
        _ settings: HTTPListenerSettings = HTTPListenerSettings(),
        routes: [HTTPRoute] = [],
        _ body: (TestServer) async throws -> R
    ) async throws -> R {
        let loop = EventLoop(name: "http-test")
        var router = HTTPRouter(routes)
        router.on("GET", "/health") { _, _ in .text("ok") }
        router.on("POST", "/echo") { request, _ in
            .bytes(try await request.body.collect(upTo: 16 << 20), type: "application/octet-stream")
        }
        let listener = try await HTTPListener.start(on: loop, settings: settings, handler: router)
        do {
            let result = try await body(TestServer(loop: loop, listener: listener))
            await listener.close()
            await loop.shutdown()
            return result
        } catch {
            await listener.close()
            await loop.shutdown()
            throw error
        }
    }

    func client() async throws -> RawClient { try await RawClient(on: loop, port: await listener.localPort) }

    /// Sends bytes and returns what came until the server ended the connection.
    func exchange(_ text: String) async throws -> String {
        let client = try await client()
        await client.send(text)
        let answer = await client.receiveAll()
        await client.close()
        return answer
    }
}

@Suite struct HTTPListenerTests {
    @Test func `a request is answered with length and date, and the connection closes when asked`() async throws {
        try await TestServer.with { server in
            let answer = try await server.exchange("GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\nDate: "))
            #expect(answer.contains("\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"))
        }
    }

    @Test func `a body is pulled, a megabyte is echoed whole`() async throws {
        try await TestServer.with { server in
            let body = String(repeating: "0123456789abcdef", count: 65536)
            let head =
                "POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
            let answer = try await server.exchange(head + body)
            #expect(answer.hasPrefix("HTTP/1.1 200"))
            #expect(answer.hasSuffix("\r\n\r\n" + body))
        }
    }

    @Test func `pipelined requests are answered in order, with their own bodies`() async throws {
        try await TestServer.with { server in
            var text = ""
            for index in 0..<20 { text += "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n\(100 + index)" }
            text += "GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
            let answer = try await server.exchange(text)
            let bodies = answer.split(separator: "\r\n\r\n").dropFirst().map { $0.prefix { $0 != "H" } }
            #expect(bodies == (100..<120).map { "\($0)" } + ["ok"])
        }
    }
}
