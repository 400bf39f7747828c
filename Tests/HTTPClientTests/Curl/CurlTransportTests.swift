import Compression
import EventLoops
import FoundationEssentials
import Synchronization
import TestSupport
import Testing

@testable import HTTPClient

@Suite(.timeLimit(.minutes(1))) struct CurlTransportTests {
    @Test func `an answer comes back with status, headers in order and body`() async throws {
        let server = ScriptedServer { peer in
            _ = peer.readHead()
            peer.write("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")
            peer.write("HTTP/1.1 404 Not Found\r\nX-One: 1\r\nx-two:  2 \r\nContent-Length: 5\r\n\r\nhello")
        }
        let response = try await withTransport { try await $0.execute(.get(server)) }
        #expect(response.status == 404)
        #expect(response.headers.map { "\($0.name)=\($0.value)" } == ["X-One=1", "x-two=2", "Content-Length=5"])
        #expect(response.body == Array("hello".utf8))
    }

    @Test func `method, headers and body are sent as they are and nothing is added to them`() async throws {
        let seen = Mutex(("", [UInt8]()))
        let server = ScriptedServer { peer in
            let head = peer.readHead()
            let body = peer.read(6)
            seen.withLock { $0 = (head, body) }
            peer.write("HTTP/1.1 204 No Content\r\n\r\n")
        }
        let request = HTTPClientRequest(
            method: "PATCH",
            url: "http://127.0.0.1:\(server.port)/a/../b?q=1",
            headers: [("X-Empty", ""), ("Content-Type", "text/plain")],
            body: .bytes(Array("a body".utf8))
        )
        let response = try await withTransport { try await $0.execute(request) }
        #expect(response.status == 204)
        let (head, body) = seen.withLock { $0 }
        #expect(head.hasPrefix("PATCH /a/../b?q=1 HTTP/1.1\r\n"))
        #expect(head.contains("\r\nX-Empty:") && head.contains("\r\nContent-Length: 6\r\n"))
        #expect(!head.contains("Expect:") && !head.contains("Accept-Encoding:"))
        #expect(body == Array("a body".utf8))
    }

    @Test func `gzip is unpacked where it was asked for, and the limit holds for what comes out`() async throws {
        let packed = try #require(Gzip.compress([UInt8](repeating: 0x61, count: 300_000)))
        let heads = Mutex<[String]>([])
        let server = ScriptedServer { peer in
            while case let head = peer.readHead(), !head.isEmpty {
                heads.withLock { $0.append(head) }
                peer.write("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: \(packed.count)\r\n\r\n")
                peer.write(packed)
            }
        }
        try await withTransport { transport in
            var request = HTTPClientRequest.get(server)
            let plain = try await transport.execute(request)
            #expect(plain.body == packed)
            request.acceptsGzip = true
            let unpacked = try await transport.execute(request)
            #expect(unpacked.body == [UInt8](repeating: 0x61, count: 300_000))
            request.sink = .memory(limit: 299_999)
            await #expect { _ = try await transport.execute(request) } throws: {
                ($0 as? HTTPClientError)?.code == .tooLarge
            }
        }
        #expect(heads.withLock { $0.map { $0.contains("Accept-Encoding: gzip\r\n") } } == [false, true, true])
    }

    @Test func `an empty body is announced as such and no body is not`() async throws {
        let heads = Mutex<[String]>([])
        let server = ScriptedServer { peer in
            while case let head = peer.readHead(), !head.isEmpty {
                heads.withLock { $0.append(head) }
                peer.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            }
        }
        try await withTransport { transport in
            var request = HTTPClientRequest.get(server)
            _ = try await transport.execute(request)
            request.method = "POST"
            request.body = .bytes([])
            _ = try await transport.execute(request)
        }
        let seen = heads.withLock { $0 }
        #expect(seen.map { $0.contains("Content-Length: 0") } == [false, true])
    }

    @Test func `a part of a file goes up and an answer goes down into a file`() async throws {
        let server = ScriptedServer { peer in
            let length = peer.readHead().contains("Content-Length: 1000000") ? 1_000_000 : 0
            let body = peer.read(length)
            peer.write("HTTP/1.1 200 OK\r\nContent-Length: \(length)\r\n\r\n")
            peer.write(body)
        }
        try await withTemporaryDirectory { directory in
            let content = (0..<1_500_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
            let (up, down) = (directory + "/up", directory + "/down")
            #expect(FileManager.default.createFile(atPath: up, contents: Data(content)))
            var request = HTTPClientRequest.get(server)
            request.method = "PUT"
            request.body = .file(path: up, range: 250_000..<1_250_000)
            request.sink = .file(path: down, limit: 1_000_000)
            let sent = request
            let response = try await withTransport { try await $0.execute(sent) }
            #expect(response.status == 200 && response.body.isEmpty)
            let received = FileManager.default.contents(atPath: down).map { Array($0) }
            #expect(received == Array(content[250_000..<1_250_000]))
        }
    }

    @Test func `the body of a failure stays in memory when successes go to a file`() async throws {
        let server = ScriptedServer { peer in
            _ = peer.readHead()
            peer.write("HTTP/1.1 403 Forbidden\r\nContent-Length: 3\r\n\r\nwhy")
        }
        try await withTemporaryDirectory { directory in
            var request = HTTPClientRequest.get(server)
            request.sink = .file(path: directory + "/down", limit: 10)
            let sent = request
            let response = try await withTransport { try await $0.execute(sent) }
            #expect(response.body == Array("why".utf8))
            #expect(!FileManager.default.fileExists(atPath: directory + "/down"))
        }
    }

    @Test(arguments: [false, true]) func `a longer answer than allowed is refused, chunked or not`(chunked: Bool)
        async throws
    {
        let server = ScriptedServer { peer in
            _ = peer.readHead()
            peer.write("HTTP/1.1 200 OK\r\n\(chunked ? "Transfer-Encoding: chunked" : "Content-Length: 2000")\r\n\r\n")
            if chunked { peer.write("7d0\r\n") }
            peer.write([UInt8](repeating: 65, count: 2000))
            _ = peer.read(1)
        }
        var request = HTTPClientRequest.get(server)
        request.sink = .memory(limit: 1999)
        let error = await failure(of: request)
        #expect(error?.code == .tooLarge && error?.mayHaveBeenSent == true)
    }

    @Test func `a head without end is refused`() async throws {
        let server = ScriptedServer { peer in
            _ = peer.readHead()
            peer.write("HTTP/1.1 200 OK\r\n")
            for number in 0..<10_000 { peer.write("X-Header-\(number): value\r\n") }
        }
        #expect(await failure(of: .get(server))?.code == .tooLarge)
    }

    @Test func `redirects are answers`() async throws {
        let server = ScriptedServer { peer in
            _ = peer.readHead()
            peer.write("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")
        }
        #expect(try await withTransport { try await $0.execute(.get(server)) }.status == 302)
    }

    @Test func `a refused connection proves that nothing was sent`() async throws {
        let port = ScriptedServer { _ in }.port
        let error = await failure(
            of: HTTPClientRequest(method: "POST", url: "http://127.0.0.1:\(port)/", body: .bytes([1]))
        )
        #expect(error?.code == .couldNotConnect && error?.mayHaveBeenSent == false)
    }

    @Test func `a name without address is told apart from a dead host`() async throws {
        let error = await failure(of: HTTPClientRequest(method: "GET", url: "http://no-such-host.invalid/"))
        #expect(error?.code == .couldNotResolve && error?.mayHaveBeenSent == false)
    }

    @Test func `a connection lost after the request leaves it open whether the server acted`() async throws {
        let server = ScriptedServer { peer in _ = peer.readHead() }
        var request = HTTPClientRequest.get(server)
        request.method = "POST"
        let error = await failure(of: request)
        #expect(error?.code == .connectionLost && error?.mayHaveBeenSent == true)
    }

    @Test func `a broken-off body is an error, not a short answer`() async throws {
        let server = ScriptedServer { peer in
            _ = peer.readHead()
            peer.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this")
        }
        #expect(await failure(of: .get(server))?.code == .connectionLost)
    }

    @Test func `the limit of time covers a server that never answers`() async throws {
        let server = ScriptedServer { peer in
            _ = peer.readHead()
            _ = peer.read(1)
        }
        var request = HTTPClientRequest.get(server)
        // Long enough for the request to leave a busy machine.
        request.timeout = .seconds(2)
        let error = await failure(of: request)
        #expect(error?.code == .timeout && error?.mayHaveBeenSent == true)
    }

    @Test func `an answer that stops coming is given up long before the limit of time`() async throws {
        let server = ScriptedServer { peer in
            _ = peer.readHead()
            peer.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this")
            _ = peer.read(1)
        }
        var request = HTTPClientRequest.get(server)
        request.timeout = .seconds(600)
        request.stallLimit = .seconds(1)
        #expect(await failure(of: request)?.code == .timeout)
    }

    @Test func `a certificate nobody vouches for is a TLS failure`() async throws {
        let server = ScriptedServer { peer in
            _ = peer.read(5)
            peer.write([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x28])
        }
        let error = await failure(of: HTTPClientRequest(method: "GET", url: "https://127.0.0.1:\(server.port)/"))
        #expect(error?.code == .tls && error?.mayHaveBeenSent == false)
    }

    @Test func `a cancelled request ends at once and frees its connection`() async throws {
        let isOver = AsyncStream.makeStream(of: Bool.self)
        let server = ScriptedServer { peer in
            _ = peer.readHead()
            isOver.continuation.yield(false)
            isOver.continuation.yield(peer.read(1).isEmpty)
        }
        try await withTransport { transport in
            let task = Task { try await transport.execute(.get(server)) }
            _ = await isOver.stream.first { _ in true }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(await isOver.stream.first { _ in true } == true)
        }
    }

    @Test func `idempotent requests share a connection, others get their own`() async throws {
        let connections = Mutex(0)
        let server = ScriptedServer { peer in
            connections.withLock { $0 += 1 }
            while !peer.readHead().isEmpty { peer.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") }
        }
        try await withTransport { transport in
            for _ in 0..<5 { _ = try await transport.execute(.get(server)) }
            #expect(connections.withLock { $0 } == 1)
            var request = HTTPClientRequest.get(server)
            request.method = "POST"
            for _ in 0..<2 { _ = try await transport.execute(request) }
            #expect(connections.withLock { $0 } == 3)
        }
    }

    @Test func `a thousand requests at once are all answered`() async throws {
        let server = ScriptedServer { peer in
            while case let head = peer.readHead(), !head.isEmpty {
                let path = String(head.split(separator: " ")[1])
                peer.write("HTTP/1.1 200 OK\r\nContent-Length: \(path.utf8.count)\r\n\r\n\(path)")
            }
        }
        try await withTransport { transport in
            let wrong = await withTaskGroup(of: Bool.self) { group in
                for number in 0..<1000 {
                    let url = "http://127.0.0.1:\(server.port)/\(number)"
                    group.addTask {
                        let response = try? await transport.execute(HTTPClientRequest(method: "GET", url: url))
                        return response?.body == Array("/\(number)".utf8)
                    }
                }
                return await group.reduce(into: 0) { if !$1 { $0 += 1 } }
            }
            #expect(wrong == 0)
        }
    }

    @Test func `shutting down ends what is under way`() async throws {
        let arrived = AsyncStream.makeStream(of: Void.self)
        let server = ScriptedServer { peer in
            _ = peer.readHead()
            arrived.continuation.yield()
            _ = peer.read(1)
        }
        let loop = EventLoop(name: "test")
        let transport = CurlTransport(on: loop)
        let task = Task { try await transport.execute(.get(server)) }
        _ = await arrived.stream.first { true }
        await transport.shutdown()
        await #expect { try await task.value } throws: { ($0 as? HTTPClientError)?.code == .closed }
        await loop.shutdown()
    }
}

extension HTTPClientRequest {
    static func get(_ server: ScriptedServer) -> HTTPClientRequest {
        HTTPClientRequest(method: "GET", url: "http://127.0.0.1:\(server.port)/")
    }
}

func withTransport<R>(_ body: (CurlTransport) async throws -> sending R) async throws -> sending R {
    let loop = EventLoop(name: "test")
    let transport = CurlTransport(on: loop)
    let result: Result<R, any Error>
    do { result = .success(try await body(transport)) } catch { result = .failure(error) }
    await transport.shutdown()
    await loop.shutdown()
    return try result.get()
}

private func failure(of request: HTTPClientRequest) async -> HTTPClientError? {
    do {
        _ = try await withTransport { try await $0.execute(request) }
        return nil
    } catch {
        return error as? HTTPClientError
    }
}
