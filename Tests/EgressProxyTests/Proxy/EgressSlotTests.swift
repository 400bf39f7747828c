import EventLoops
import NetworkPolicy
import Synchronization
import TestSupport
import Testing

@testable import EgressProxy

#if canImport(Glibc)
    import Glibc
#endif

/// The proxy over real sockets; the test plays browser and servers.
@Suite(.timeLimit(.minutes(1)))
struct EgressSlotTests {
    private static let get = "GET http://%/x HTTP/1.1\r\nHost: a\r\n\r\n"

    private func get(_ place: String) -> String { Self.get.replacing("%", with: place) }

    /// A server that counts connections and answers every request with its head's first line.
    private func server(_ count: Counter) -> ScriptedServer {
        ScriptedServer { peer in
            count.add()
            while case let head = peer.readHead(), !head.isEmpty {
                let line = String(head.prefix { $0 != "\r\n" })
                peer.write("HTTP/1.1 200 OK\r\nContent-Length: \(line.utf8.count)\r\n\r\n\(line)")
            }
        }
    }

    @Test func `requests go through, several on one connection`() async throws {
        let (gate, count) = (Gate(), Counter())
        let server = server(count)
        let slot = try await gate.slot { $0.allowsLoopback = true }
        let client = try await gate.client(slot)
        for _ in 0..<3 {
            await client.send(get("127.0.0.1:\(server.port)"))
            #expect(await client.receive(until: "GET /x HTTP/1.1").contains("200 OK"))
            await client.forget()
        }
        #expect(count.value == 1)
        await client.close()
        await slot.close()
        await gate.loop.shutdown()
    }

    @Test(arguments: [("POST", "", true), ("POST", "", false), ("POST", "HTTP/1.1 200 O", false), ("GET", "", false)])
    func `an order whose answer does not come is answered, so that nobody sends it again`(
        method: String,
        beginning: String,
        isReset: Bool
    ) async throws {
        let (gate, count) = (Gate(), Counter())
        let server = ScriptedServer { peer in
            count.add()
            _ = peer.readHead()
            peer.write(Array(beginning.utf8))
            if isReset { peer.reset() }
        }
        let slot = try await gate.slot { $0.allowsLoopback = true }
        let client = try await gate.client(slot)
        let length = method == "POST" ? "Content-Length: 0\r\n" : ""
        await client.send("\(method) http://127.0.0.1:\(server.port)/x HTTP/1.1\r\nHost: a\r\n\(length)\r\n")
        let answer = await client.receiveAll()
        #expect(answer.hasPrefix("HTTP/1.1 502 ") == (method == "POST"), "\(answer)")
        #expect(count.value == 1)
        let problems = slot.problems.since(0).map(\.message)
        #expect(problems.contains { $0.contains("before it had answered") } == (method == "POST"))
        await client.close()
        await slot.close()
        await gate.loop.shutdown()
    }

    @Test(arguments: [true, false])
    func `a process of another user gets nowhere, where only some may come`(isGuarded: Bool) async throws {
        let (gate, count) = (Gate(users: isGuarded ? [geteuid()] : nil), Counter())
        let server = server(count)
        let slot = try await gate.slot { $0.allowsLoopback = true }
        try await withTemporaryDirectory { directory in
            let script = """
                setpriv --reuid 12345 --clear-groups bash -c 'exec 3<>/dev/tcp/127.0.0.1/\(await slot.port)
                printf "GET http://127.0.0.1:\(server.port)/x HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n" >&3; head -n 1 <&3 >&2' || true
                """
            let (_, lines) = try await runScript(script, in: directory)
            // Without the guard it does get through: the attempt is one.
            #expect(lines.contains { $0.contains("200 OK") } == !isGuarded, "\(lines)")
            #expect(count.value == (isGuarded ? 0 : 1))
        }
        let client = try await gate.client(slot)
        await client.send(get("127.0.0.1:\(server.port)"))
        #expect(await client.receive(until: "GET /x HTTP/1.1").contains("200 OK"))
        await client.close()
        await slot.close()
        await gate.loop.shutdown()
    }

    @Test func `a request for another server gets another connection`() async throws {
        let (gate, first, second) = (Gate(), Counter(), Counter())
        let (one, two) = (server(first), server(second))
        let slot = try await gate.slot { $0.allowsLoopback = true }
        let client = try await gate.client(slot)
        for port in [one.port, two.port, one.port] {
            await client.send(get("127.0.0.1:\(port)"))
            #expect(await client.receive(until: "GET /x HTTP/1.1").contains("200 OK"))
            await client.forget()
        }
        #expect((first.value, second.value) == (2, 1))
        await client.close()
        await slot.close()
        await gate.loop.shutdown()
    }

    @Test func `a closed place is refused without a connection, and named`() async throws {
        let (gate, count) = (Gate(), Counter())
        let server = server(count)
        let slot = try await gate.slot()
        let plain = try await gate.client(slot)
        await plain.send(get("127.0.0.1:\(server.port)"))
        #expect(await plain.receiveAll() == "")
        let tunnel = try await gate.client(slot)
        await tunnel.send("CONNECT 127.0.0.1:\(server.port) HTTP/1.1\r\n\r\n")
        #expect(await tunnel.receiveAll().hasPrefix("HTTP/1.1 403"))
        #expect(count.value == 0)
        #expect(gate.rules == [.loopback])
        #expect(slot.problems.since(0).map(\.place) == ["127.0.0.1:\(server.port)", "127.0.0.1:\(server.port)"])
        // The positive control: the same requests, the place open.
        let open = try await gate.slot { $0.openings = [Opening("127.0.0.1:\(server.port)")].compactMap(\.self) }
        let control = try await gate.client(open)
        await control.send(get("127.0.0.1:\(server.port)"))
        #expect(await control.receive(until: "GET /x").contains("200"))
        #expect(count.value == 1)
        await tunnel.close()
        await control.close()
        await slot.close()
        await open.close()
        await gate.loop.shutdown()
    }

    @Test func `a name that points elsewhere the second time leads where it was checked`() async throws {
        let (gate, count) = (Gate(), Counter())
        let server = server(count)
        gate.names.set("rebind.example", ["93.184.216.34"], ["127.0.0.1"])
        gate.names.set("both.example", ["93.184.216.34", "::1"])
        let slot = try await gate.slot { $0.maximumConnections = 8 }
        // Checked as public; the connection goes to that address and to no other, whatever the next answer is.
        let first = try await gate.client(slot)
        await first.send("CONNECT rebind.example:\(server.port) HTTP/1.1\r\n\r\n")
        let second = try await gate.client(slot)
        await second.send("CONNECT both.example:\(server.port) HTTP/1.1\r\n\r\n")
        #expect(await second.receiveAll().hasPrefix("HTTP/1.1 403"))
        #expect(gate.names.asked.withLock { $0.filter { $0 == "rebind.example" }.count } == 1)
        // Bound anew, the name is looked up again: now it is closed.
        let later = try await gate.slot()
        let third = try await gate.client(later)
        await third.send("CONNECT rebind.example:\(server.port) HTTP/1.1\r\n\r\n")
        #expect(await third.receiveAll().hasPrefix("HTTP/1.1 403"))
        #expect(count.value == 0)
        for client in [first, second, third] { await client.close() }
        await slot.close()
        await later.close()
        await gate.loop.shutdown()
    }

    @Test func `an unbound slot and our own ports let nobody through`() async throws {
        let gate = Gate()
        let unbound = try await gate.proxy.openSlot()
        let client = try await gate.client(unbound)
        await client.send("CONNECT 127.0.0.1:9 HTTP/1.1\r\n\r\n")
        #expect(await client.receiveAll().hasPrefix("HTTP/1.1 403"))
        let slot = try await gate.slot { policy in
            policy.allowsLoopback = true
            policy.openings = [Opening("*:*")].compactMap(\.self)
        }
        // Through one job's port to another's.
        let other = try await gate.client(slot)
        await other.send("CONNECT 127.0.0.1:\(await unbound.port) HTTP/1.1\r\n\r\n")
        #expect(await other.receiveAll().hasPrefix("HTTP/1.1 403"))
        #expect(gate.rules == [.ownPort])
        await client.close()
        await other.close()
        await unbound.close()
        await slot.close()
        await gate.loop.shutdown()
    }

    @Test func `a tunnel carries bytes both ways and ends both ways`() async throws {
        let gate = Gate()
        let server = ScriptedServer { peer in
            peer.write(peer.read(5).reversed())
            peer.write(peer.read(1 << 20))
        }
        let slot = try await gate.slot { $0.allowsLoopback = true }
        let client = try await gate.client(slot)
        await client.send("CONNECT localhost:\(server.port) HTTP/1.1\r\n\r\nhello")
        #expect(await client.receive(until: "olleh").contains("200 Connection established"))
        await client.forget()
        await client.send([UInt8](repeating: 7, count: 1 << 20))
        let back = await client.receive { $0.count >= 1 << 20 }
        #expect(back.count == 1 << 20)
        await client.close()
        await slot.close()
        await gate.loop.shutdown()
    }

    @Test func `a job has so many bytes and connections and no more`() async throws {
        let gate = Gate()
        let server = ScriptedServer { peer in
            _ = peer.readHead()
            peer.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + String(repeating: "x", count: 1_000_000))
        }
        let slot = try await gate.slot { policy in
            policy.allowsLoopback = true
            policy.maximumBytes = 100_000
            policy.maximumConnections = 1
        }
        let client = try await gate.client(slot)
        // It may be cut before it has quite begun.
        let surplus = try? await gate.client(slot)
        #expect(await surplus?.receiveAll() ?? "" == "")
        await client.send(get("127.0.0.1:\(server.port)"))
        #expect(await client.receiveAll().utf8.count < 1_000_000)
        #expect(gate.rules == [.connectionLimit, .byteLimit])
        await slot.close()
        await gate.loop.shutdown()
    }

    @Test func `what cannot be reached is said in words`() async throws {
        let gate = Gate()
        let slot = try await gate.slot { $0.allowsLoopback = true }
        for (place, words) in [("127.0.0.1:1", "nothing listens"), ("missing.example:80", "no such host")] {
            let mark = slot.problems.count
            let client = try await gate.client(slot)
            await client.send("CONNECT \(place) HTTP/1.1\r\n\r\n")
            #expect(await client.receiveAll().hasPrefix("HTTP/1.1 502"))
            #expect(slot.problems.since(mark).last?.message.contains(words) == true)
            await client.close()
        }
        await slot.close()
        await gate.loop.shutdown()
    }

    @Test func `a job's own proxy stands behind ours, and must be open itself`() async throws {
        let gate = Gate()
        let heads = Mutex<[String]>([])
        let upstream = ScriptedServer { peer in
            while case let head = peer.readHead(), !head.isEmpty {
                heads.withLock { $0.append(head) }
                if head.contains("Proxy-Authorization: ok") {
                    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
                } else {
                    peer.write("HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n")
                }
            }
        }
        let behind = try UpstreamProxy(server: "http://127.0.0.1:\(upstream.port)", bypass: nil)
        let closed = try await gate.slot(upstream: behind)
        let refused = try await gate.client(closed)
        await refused.send("CONNECT far.example:443 HTTP/1.1\r\n\r\n")
        #expect(await refused.receiveAll().hasPrefix("HTTP/1.1 403"))
        let slot = try await gate.slot(upstream: behind) {
            $0.openings = [Opening("127.0.0.1:\(upstream.port)")].compactMap(\.self)
        }
        let client = try await gate.client(slot)
        await client.send("CONNECT far.example:443 HTTP/1.1\r\nHost: far.example:443\r\n\r\n")
        #expect(await client.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 407"))
        await client.forget()
        await client.send("GET http://far.example/x HTTP/1.1\r\nProxy-Authorization: ok\r\n\r\n")
        #expect(await client.receive(until: "hi").hasPrefix("HTTP/1.1 200"))
        await client.forget()
        // Through the other proxy, a closed address stays closed.
        await client.send("GET http://169.254.169.254/x HTTP/1.1\r\n\r\n")
        #expect(await client.receiveAll() == "")
        #expect(heads.withLock { $0.map { $0.prefix { $0 != " " } } } == ["CONNECT", "GET"])
        #expect(gate.rules == [.loopback, .metadata])
        for client in [refused, client] { await client.close() }
        await closed.close()
        await slot.close()
        await gate.loop.shutdown()
    }

    @Test func `closing a slot cuts what runs through it`() async throws {
        let gate = Gate()
        let server = ScriptedServer { peer in _ = peer.read(1 << 20) }
        let slot = try await gate.slot { $0.allowsLoopback = true }
        let client = try await gate.client(slot)
        await client.send("CONNECT 127.0.0.1:\(server.port) HTTP/1.1\r\n\r\n")
        #expect(await client.receive(until: "\r\n\r\n").contains("200"))
        await slot.close()
        _ = await client.receiveAll()
        #expect(await client.hasEnded)
        await gate.loop.shutdown()
    }
}

/// Counts from any thread.
final class Counter: Sendable {
    private let count = Mutex(0)
    var value: Int { count.withLock { $0 } }
    func add() { count.withLock { $0 += 1 } }
}
