import EventLoops
import HTTPServer
import JSON
import JobModel
import Security
import Synchronization
import TestSupport
import Testing

@testable import SchedulerAPI

/// Who gets into a session, and its files.
@Suite struct SessionRouteTests {
    @Test func `a caller with a key gets a socket under both roots, with its tenant`() async throws {
        let service = FakeSessions()
        try await Stage.with(sessions: service) { stage in
            for path in ["/ws/sessions", "/api/v1/ws/sessions"] {
                let (client, answer) = try await stage.watch(path)
                #expect(answer.hasPrefix("HTTP/1.1 101"))
                let bytes = await client.receive { $0.suffix(2) == [0x68, 0x69] }
                #expect(bytes.suffix(2) == [0x68, 0x69])
                await client.close()
            }
            #expect(service.callers.map(\.tenant) == [.default, .default])
            #expect(service.validKeys == [true, true])
            let offered = [("Sec-WebSocket-Protocol", "cpa.v1, key.\(stage.key)")]
            let (client, answer) = try await stage.watch("/ws/sessions", headers: offered)
            #expect(answer.hasPrefix("HTTP/1.1 101") && answer.contains("\r\nSec-WebSocket-Protocol: cpa.v1\r\n"))
            await client.close()
        }
    }

    @Test func `no key, a foreign page, no WebSocket, no room and no browsers are refused before the upgrade`()
        async throws
    {
        let service = FakeSessions()
        try await Stage.with(sessions: service) { stage in
            func status(_ headers: [(String, String)]) async throws -> String {
                let (client, answer) = try await stage.watch("/ws/sessions", headers: headers)
                await client.close()
                return String(answer.dropFirst(9).prefix(3))
            }
            #expect(try await status([]) == "401")
            #expect(try await status([("X-API-Key", "wrong")]) == "401")
            #expect(try await status([("X-API-Key", stage.key), ("Origin", "https://evil.example")]) == "403")
            let plain = try await stage.call("GET", "/ws/sessions")
            #expect(plain.status == 426)
            service.refuse(("overloaded", "4 sessions are at work"))
            #expect(try await status([("X-API-Key", stage.key)]) == "503")
            #expect(service.callers.isEmpty)
        }
        try await Stage.with { stage in
            let (client, answer) = try await stage.watch("/ws/sessions")
            #expect(answer.hasPrefix("HTTP/1.1 503") && answer.contains("drives no browsers"))
            await client.close()
        }
    }

    @Test func `a file of a session comes with its hash and in parts, that of another's does not`() async throws {
        let service = FakeSessions()
        try await withTemporaryDirectory { directory in
            let path = directory + "/a.txt"
            try #require(service.give(path, "hello"))
            try await Stage.with(sessions: service) { stage in
                let whole = try await stage.call("GET", "/sessions/mine/artifacts/a.txt")
                #expect(whole.status == 200 && whole.body == Array("hello".utf8))
                #expect(whole.field("ETag") == "\"\(FakeSessions.hash)\"")
                #expect(whole.field("X-Content-Type-Options") == "nosniff")
                let part = try await stage.call(
                    "GET",
                    "/sessions/mine/artifacts/a.txt",
                    headers: [("Range", "bytes=1-2")]
                )
                #expect(part.status == 206 && part.body == Array("el".utf8))
                #expect(try await stage.call("GET", "/sessions/mine/artifacts/b.txt").status == 404)
                #expect(try await stage.call("GET", "/sessions/other/artifacts/a.txt").status == 404)
            }
        }
    }
}

/// Sessions that say `hi` and are over.
final class FakeSessions: SessionService {
    static let hash = String(repeating: "a", count: 64)

    private struct State {
        var callers: [Principal] = []
        var validKeys: [Bool] = []
        var refusal: (code: String, message: String)?
        var path: String?
    }

    private let state = Mutex(State())

    var callers: [Principal] { state.withLock { $0.callers } }
    var validKeys: [Bool] { state.withLock { $0.validKeys } }
    func refuse(_ refusal: (code: String, message: String)) { state.withLock { $0.refusal = refusal } }

    func give(_ path: String, _ text: String) -> Bool {
        state.withLock { $0.path = path }
        return TestFile.write(text, to: path)
    }

    func refusal(of caller: Principal) -> (code: String, message: String)? { state.withLock { $0.refusal } }

    func serve(
        _ upgraded: UpgradedConnection,
        for caller: Principal,
        isKeyValid: @escaping @Sendable () async -> Bool
    ) async {
        let isValid = await isKeyValid()
        state.withLock { state in
            state.callers.append(caller)
            state.validKeys.append(isValid)
        }
        upgraded.connection.loop.execute { upgraded.connection.write(Array("hi".utf8)) }
        try? await upgraded.connection.loop.sleep(for: .milliseconds(200))
    }

    func file(
        _ name: String,
        of session: String,
        for caller: Principal
    ) async throws -> (artifact: Artifact, path: String)? {
        guard session == "mine", name == "a.txt", caller.tenant == .default, let path = state.withLock({ $0.path })
        else { return nil }
        return (Artifact(name: name, bytes: 5, sha256: Self.hash, contentType: "text/plain"), path)
    }
}
