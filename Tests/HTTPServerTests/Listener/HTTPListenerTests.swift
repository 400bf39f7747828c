import EventLoops
import Synchronization
import TestSupport
import Testing

@testable import HTTPServer

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

extension HTTPListenerTests {
    @Test func `connections over the limit are cut, and room is made when others end`() async throws {
        var settings = HTTPListenerSettings()
        settings.connectionLimitPerAddress = 2
        try await TestServer.with(settings) { server in
            let clients = [try await server.client(), try await server.client()]
            for client in clients {
                await client.send("GET /health HTTP/1.1\r\nHost: a\r\n\r\n")
                _ = await client.receive(until: "ok")
            }
            // The cut may come before or after the client knows that it is connected.
            let third = try? await server.client()
            #expect(await third?.receiveAll() ?? "" == "")
            #expect(await server.listener.refusedConnections == 1)
            await clients[0].close()
            while await server.listener.connectionCount > 1 { await Task.yield() }
            let answer = try await server.exchange("GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 200"))
            await clients[1].close()
        }
    }

    @Test func `draining answers what is at work, ends what is idle, and refuses what is new`() async throws {
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        let (released, release) = AsyncStream.makeStream(of: Void.self)
        let gate = HTTPRoute("GET", "/gate") { _, _ in
            start.yield()
            for await _ in released { break }
            return .text("done")
        }
        try await TestServer.with(routes: [gate]) { server in
            let idle = try await server.client()
            await idle.send("GET /health HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = await idle.receive(until: "ok")
            let busy = try await server.client()
            await busy.send("GET /gate HTTP/1.1\r\nHost: a\r\n\r\n")
            for await _ in started { break }
            #expect(await !server.listener.drain(within: .milliseconds(50)))
            #expect(await idle.receiveAll().hasSuffix("ok"))
            await #expect(throws: EventLoopError.self) { _ = try await server.client() }
            release.yield()
            #expect(await busy.receiveAll().hasSuffix("Connection: close\r\n\r\ndone"))
            await busy.close()
            #expect(await server.listener.drain(within: .seconds(10)))
        }
    }

    @Test func `an upgraded socket is handed over with the bytes behind the request`() async throws {
        let upgrade = HTTPRoute("GET", "/up") { _, _ in
            HTTPResponse(
                status: 101,
                headers: ["Upgrade": "shout"],
                body: .upgrade { upgraded in
                    let text = String(decoding: upgraded.leftover, as: UTF8.self)
                    try? await upgraded.connection.writeAndWait(Array(text.uppercased().utf8))
                }
            )
        }
        try await TestServer.with(routes: [upgrade]) { server in
            let answer = try await server.exchange("GET /up HTTP/1.1\r\nHost: a\r\n\r\nhello")
            #expect(answer.hasPrefix("HTTP/1.1 101 Switching Protocols\r\n"))
            #expect(answer.contains("\r\nUpgrade: shout\r\n") && answer.contains("\r\nConnection: Upgrade\r\n"))
            #expect(answer.hasSuffix("\r\n\r\nHELLO"))
        }
    }
}
