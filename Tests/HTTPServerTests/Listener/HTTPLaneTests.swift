import EventLoops
import TestSupport
import Testing

@testable import HTTPServer

/// A listener that serves on several loops.
@Suite struct HTTPLaneTests {
    private let others = [EventLoop(name: "http-test-2"), EventLoop(name: "http-test-3")]

    /// Answers the number of the loop it runs on; none is given for the first.
    private var place: HTTPRoute {
        HTTPRoute("GET", "/place") { [others] _, _ in
            .text("loop \(others.firstIndex { $0.isCurrent }.map { $0 + 2 } ?? 1)")
        }
    }

    private func ask(_ client: RawClient, _ path: String, until end: String) async -> String {
        await client.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
        return await client.receive(until: end)
    }

    @Test func `connections go where the fewest are, and stay there`() async throws {
        try await TestServer.with(routes: [place], sharing: others) { server in
            var clients: [RawClient] = []
            for number in 1...6 {
                clients.append(try await server.client())
                let place = "loop \((number - 1) % 3 + 1)"
                for _ in 0..<2 { #expect(await ask(clients[number - 1], "/place", until: "loop").contains(place)) }
            }
            await clients[1].close()
            while await server.listener.connectionCount > 5 { await Task.yield() }
            let next = try await server.client()
            #expect(await ask(next, "/place", until: "loop 2").hasSuffix("loop 2"))
            for client in clients + [next] { await client.close() }
        }
    }

    @Test func `limits count the connections of all loops`() async throws {
        var settings = HTTPListenerSettings()
        settings.connectionLimitPerAddress = 2
        try await TestServer.with(settings, sharing: others) { server in
            let clients = [try await server.client(), try await server.client()]
            for client in clients { #expect(await ask(client, "/health", until: "ok").hasSuffix("ok")) }
            let third = try? await server.client()
            #expect(await third?.receiveAll() ?? "" == "")
            #expect(await server.listener.refusedConnections == 1)
            for client in clients { await client.close() }
        }
    }

    @Test func `draining ends what is idle on every loop, and waits for what is at work`() async throws {
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        let (released, release) = AsyncStream.makeStream(of: Void.self)
        let gate = HTTPRoute("GET", "/gate") { _, _ in
            start.yield()
            for await _ in released { break }
            return .text("done")
        }
        try await TestServer.with(routes: [gate], sharing: others) { server in
            var clients: [RawClient] = []
            for _ in 0..<3 {
                clients.append(try await server.client())
                #expect(await ask(clients[clients.count - 1], "/health", until: "ok").hasSuffix("ok"))
            }
            await clients[2].send("GET /gate HTTP/1.1\r\nHost: a\r\n\r\n")
            for await _ in started { break }
            #expect(await !server.listener.drain(within: .milliseconds(50)))
            for client in clients.prefix(2) { #expect(await client.receiveAll().hasSuffix("ok")) }
            #expect(await server.listener.connectionCount == 1)
            release.yield()
            #expect(await clients[2].receiveAll().hasSuffix("Connection: close\r\n\r\ndone"))
            for client in clients { await client.close() }
            #expect(await server.listener.drain(within: .seconds(10)))
        }
    }

    @Test func `closing cuts what is at work on every loop`() async throws {
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        let gate = HTTPRoute("GET", "/gate") { _, _ in
            start.yield()
            try await Task.sleep(for: .seconds(3_600))
            return .text("done")
        }
        try await TestServer.with(routes: [gate], sharing: others) { server in
            var arrivals = started.makeAsyncIterator()
            var clients: [RawClient] = []
            for _ in 0..<3 {
                clients.append(try await server.client())
                await clients[clients.count - 1].send("GET /gate HTTP/1.1\r\nHost: a\r\n\r\n")
                await arrivals.next()
            }
            await server.listener.close()
            for client in clients { #expect(await client.receiveAll() == "") }
            for client in clients { await client.close() }
        }
    }
}
