import EventLoops
import HTTPServer
import JSON
import JobModel
import JobQueue
import JobScheduler
import Planning
import Security
import Storage
import Telemetry
import TestSupport

@testable import SchedulerAPI

/// A whole API on a free port, with a store of its own; the test plays clients and workers.
struct Stage {
    let loop: EventLoop
    let listener: HTTPListener
    let server: APIServer
    let scheduler: Scheduler
    let authority: APIKeyAuthority
    let key: String
    let port: Int

    static func with(
        _ change: (inout APISettings) -> Void = { _ in },
        tokens: TokenAuthority? = nil,
        sessions: (any SessionService)? = nil,
        intents: IntentCatalogue = IntentCatalogue(),
        policies: PolicySource = PolicySource(),
        webhooks: (any WebhookTransport)? = nil,
        environment: SchedulerEnvironment = .live,
        logger: Logger = .silent,
        _ body: (Stage) async throws -> Void
    ) async throws {
        var settings = APISettings()
        settings.failureLimit = nil
        change(&settings)
        try await withTemporaryDirectory { [settings] directory in
            let store = try await SQLiteStore(path: directory + "/cpa.db")
            let metrics = MetricRegistry()
            var configuration = SchedulerConfiguration()
            configuration.policies = policies
            let scheduler = Scheduler(
                store: store,
                index: InMemoryDispatchIndex(),
                files: try await ArtifactFiles(directory: directory + "/artifacts"),
                configuration: configuration,
                webhooks: webhooks.map { ($0, WebhookSigner(master: Array(repeating: 7, count: 32))) },
                environment: environment,
                metrics: metrics
            )
            let authority = APIKeyAuthority(store: store, now: SchedulerEnvironment.live.now)
            let server = APIServer(
                scheduler: scheduler,
                authority: authority,
                tokens: tokens,
                sessions: sessions,
                intents: intents,
                settings: settings,
                metrics: metrics,
                logger: logger
            )
            let loop = EventLoop(name: "api-test")
            let listener = try await HTTPListener.start(
                on: loop,
                settings: settings.listenerSettings(hosts: []),
                handler: server
            )
            let key = try await authority.createKey(name: "test", tenant: .default, role: .admin).reveal()
            let stage = Stage(
                loop: loop,
                listener: listener,
                server: server,
                scheduler: scheduler,
                authority: authority,
                key: key,
                port: await listener.localPort
            )
            do {
                try await body(stage)
            } catch {
                await stage.end(store)
                throw error
            }
            await stage.end(store)
        }
    }

    private func end(_ store: SQLiteStore) async {
        scheduler.close()
        await listener.close()
        await loop.shutdown()
        await store.close()
    }

    // MARK: Client

    struct Answer {
        var status: Int
        var json: JSONValue
        var body: [UInt8]
        var field: (String) -> String?
    }

    /// One request on a connection of its own.
    func call(
        _ method: String,
        _ path: String,
        body: String? = nil,
        key: String?? = .none,
        headers: [(String, String)] = []
    ) async throws -> Answer {
        var text = "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        if let key = key ?? self.key { text += "X-API-Key: \(key)\r\n" }
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        if let body { text += "Content-Length: \(body.utf8.count)\r\n" }
        let client = try await RawClient(on: loop, port: port)
        await client.send(text + "\r\n" + (body ?? ""))
        let bytes = await client.receive { _ in false }
        await client.close()
        let answers = AnswerReader.answers(in: bytes)
        guard let answer = answers.last else {
            return Answer(status: 0, json: .null, body: bytes, field: { _ in nil })
        }
        // Whatever a test asks, what comes back is what the document says; the packed form is `CompressionTests`' business.
        if answer.field("Content-Encoding") == nil {
            DocumentCheck(server).check(method, path, answer.status, answer.field("Content-Type"), answer.body)
        }
        return Answer(
            status: answer.status,
            json: (try? JSONValue(parsing: answer.body)) ?? .null,
            body: answer.body,
            field: answer.field
        )
    }

    /// Submits a job and returns its id.
    func submit(_ name: String = "sample") async throws -> String {
        try await call("POST", "/jobs", body: Self.scenario(name)).json["id"]?.string ?? "none"
    }

    static func scenario(_ name: String = "sample") -> String {
        #"{"name": "\#(name)", "tasks": [{"id": "open", "action": "goto", "url": "https://x.example/"}]}"#
    }

    // MARK: Worker

    /// A message as a worker sends it; ids differ.
    func lam(
        _ type: String,
        _ job: String,
        payload: JSONObject = [:],
        epoch: Int64 = 1,
        id: String
    ) async throws -> Answer {
        let base: JSONObject = ["job_id": .string(job), "worker": "w1"]
        let message: JSONObject = [
            "id": .string(id), "ts": "2026-03-01T08:30:00Z", "type": .string(type), "sender": "agent://worker/w1",
            "to": ["agent://scheduler"], "epoch": .integer(epoch), "payload": .object(base.merging(payload)),
        ]
        return try await call("POST", "/lam/message", body: message.text())
    }

    /// Runs a job from agree to done, with one step.
    func finish(_ job: String) async throws {
        _ = try await lam("agree", job, id: "a-\(job)")
        let step: JSONObject = [
            "kind": "step", "step_id": "open", "iteration": 0, "status": "done", "action": "goto", "duration_ms": 5,
        ]
        _ = try await lam("inform", job, payload: step, id: "s-\(job)")
        _ = try await lam("done", job, payload: ["outputs": ["x": 1], "duration_ms": 9], id: "d-\(job)")
    }

    // MARK: Watcher

    /// A client behind the handshake of `/ws/jobs/{id}`.
    func watch(_ path: String, headers: [(String, String)]? = nil) async throws -> (RawClient, answer: String) {
        let client = try await RawClient(on: loop, port: port)
        var text = "GET \(path) HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        text += "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        for (name, value) in headers ?? [("X-API-Key", key)] { text += "\(name): \(value)\r\n" }
        await client.send(text + "\r\n")
        let answer = await client.receive(until: "\r\n\r\n")
        return (client, answer)
    }
}

/// What a watcher got so far.
struct Watched {
    let events: [JSONValue]
    let closeCode: UInt16?
    let closeReason: String

    init(_ bytes: [UInt8]) {
        let start = bytes.firstRange(of: Array("\r\n\r\n".utf8))?.upperBound ?? 0
        let frames = ServerFrame.all(in: Array(bytes[start...]))
        events = frames.filter { $0.opcode == 1 }.compactMap { try? JSONValue(parsing: $0.payload) }
        let close = frames.first { $0.opcode == 8 }
        closeCode = close?.closeCode
        closeReason = String(decoding: close?.payload.dropFirst(2) ?? [], as: UTF8.self)
    }

    var types: [String] { events.compactMap { $0["type"]?.string } }
    var sequence: [Int64] { events.compactMap { $0["seq"]?.int64 } }
}
