import EventLoops
import Executors
import HTTPServer
import JSON
import JobModel
import JobWorker
import Security
import Storage
import Synchronization
import Telemetry
import TestSupport

@testable import InteractiveSessions

/// A hall of sessions on a free port, with a browser that is played; the tests are the clients.
struct Parlour: Sendable {
    let hall: SessionHall
    let browser: FakeBrowser
    let audit: AuditBook
    let isKeyValid: Flag
    let directory: String
    private let loop: EventLoop
    private let port: Int

    static func with(
        _ limits: SessionHallLimits = SessionHallLimits(),
        clock: WorkerClock? = nil,
        secrets: [String: String] = [:],
        policies: PolicySource = PolicySource(),
        _ body: (Parlour) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            let loop = EventLoop(name: "parlour")
            let (browser, audit, isKeyValid) = (FakeBrowser(), AuditBook(), Flag(true))
            var services = SessionServices(
                registry: ExecutorRegistry([browser, FileExecutor()]),
                secrets: EnvironmentSecrets(secrets),
                clock: clock ?? .live(on: loop),
                directory: directory,
                audit: { try audit.add($0) },
                logSink: MemoryLogSink()
            )
            services.policies = policies
            let hall = SessionHall(services, limits: limits)
            let listener = try await HTTPListener.start(
                on: loop,
                handler: Door(hall: hall, isKeyValid: isKeyValid)
            )
            let parlour = Parlour(
                hall: hall,
                browser: browser,
                audit: audit,
                isKeyValid: isKeyValid,
                directory: directory,
                loop: loop,
                port: await listener.localPort
            )
            let result: Result<Void, any Error>
            do { result = .success(try await body(parlour)) } catch { result = .failure(error) }
            await listener.close()
            await loop.shutdown()
            try result.get()
        }
    }

    /// A client behind the handshake.
    func connect() async throws -> Client {
        let raw = try await RawClient(on: loop, port: port)
        await raw.send(
            "GET /ws/sessions HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        _ = await raw.receive(until: "\r\n\r\n")
        await raw.forget(through: "\r\n\r\n")
        return Client(raw: raw)
    }

    /// A client with a context, request 0.
    func connectOpen(_ options: JSONObject = [:]) async throws -> Client {
        let client = try await connect()
        await client.send((["id": 0, "type": "open"] as JSONObject).merging(options))
        _ = await client.reply(0)
        return client
    }

    /// Waits until the condition holds, at most half a minute.
    func eventually(_ condition: () -> Bool) async throws -> Bool {
        for _ in 0..<3000 where !condition() { try await Task.sleep(for: .milliseconds(10)) }
        return condition()
    }
}

/// The audit as the tests read it.
final class AuditBook: Sendable {
    private struct State {
        var entries: [AuditEntry] = []
        var isBroken = false
    }

    private let state = Mutex(State())

    var entries: [AuditEntry] { state.withLock { $0.entries } }
    var actions: [String] { entries.map(\.action) }
    func breakDown() { state.withLock { $0.isBroken = true } }

    func add(_ entries: [AuditEntry]) throws {
        try state.withLock { state in
            if state.isBroken { throw StepFailure(reason: .ioError, message: "disk full", isRetryable: true) }
            state.entries += entries
        }
    }
}

/// A truth that several look at.
final class Flag: Sendable {
    private let value: Mutex<Bool>
    init(_ value: Bool) { self.value = Mutex(value) }
    func set(_ new: Bool) { value.withLock { $0 = new } }
    var isSet: Bool { value.withLock { $0 } }
}

/// Lets every WebSocket through to the hall.
private struct Door: HTTPHandler {
    let hall: SessionHall
    let isKeyValid: Flag

    func bodyLimit(method: String, path: String) -> Int? { nil }

    func respond(to request: HTTPRequest) async throws -> HTTPResponse {
        let handshake = try WebSocketHandshakeAnswer(request)
        let caller = Principal(id: request.headers["x-caller"] ?? "key", tenant: .default)
        return HTTPResponse(
            status: 101,
            headers: handshake.headers,
            body: .upgrade { [hall, isKeyValid] in await hall.serve($0, for: caller) { isKeyValid.isSet } }
        )
    }
}
