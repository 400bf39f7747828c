import EventLoops
import HTTPServer
import JSON
import JobModel
import JobQueue
import JobScheduler
import SchedulerAPI
import Security
import Storage
import Synchronization
import TestSupport

@testable import ExecutorHost

/// An API on a free port, and the commands that talk to it; the test plays the workers.
struct Desk {
    /// What a command wrote and how it ended.
    struct Outcome {
        var code: ExitCode
        var result: [String]
        var notes: [String]
    }

    let directory: String
    let scheduler: Scheduler
    let index: InMemoryDispatchIndex
    let caller = Principal(id: "cli", tenant: .default)
    let environment: [String: String]
    /// The way in.
    let door: Door

    /// What the API listens by; others can go on while it is closed.
    actor Door {
        private let loop: EventLoop
        private let settings: HTTPListenerSettings
        private let handler: any HTTPHandler
        private var listener: HTTPListener?
        /// The same after each opening.
        private(set) var port = 0

        init(_ loop: EventLoop, _ settings: HTTPListenerSettings, _ handler: any HTTPHandler) {
            self.loop = loop
            self.settings = settings
            self.handler = handler
        }

        func open() async throws {
            let listener = try await HTTPListener.start(on: loop, port: port, settings: settings, handler: handler)
            port = await listener.localPort
            self.listener = listener
        }

        /// Ends every connection.
        func close() async {
            await listener?.close()
            listener = nil
        }
    }

    /// What a gateway does that knows nothing of WebSockets.
    private struct PlainGateway: HTTPHandler {
        let server: APIServer

        func respond(to request: HTTPRequest) async throws -> HTTPResponse {
            guard request.headers["upgrade"] == nil else { return HTTPResponse.text("no upgrade here", status: 502) }
            return try await server.respond(to: request)
        }
    }

    /// - Parameter hasSockets: whether WebSockets come through to the API.
    static func with(
        _ change: (inout APISettings) -> Void = { _ in },
        hasSockets: Bool = true,
        _ body: (Desk) async throws -> Void
    ) async throws {
        var settings = APISettings()
        change(&settings)
        try await with(settings, hasSockets, body)
    }

    private static func with(
        _ settings: APISettings,
        _ hasSockets: Bool,
        _ body: (Desk) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            let store = try await SQLiteStore(path: directory + "/cpa.db")
            let index = InMemoryDispatchIndex()
            let scheduler = Scheduler(
                store: store,
                index: index,
                files: try await ArtifactFiles(directory: directory + "/artifacts")
            )
            let authority = APIKeyAuthority(store: store, now: SchedulerEnvironment.live.now)
            let loop = EventLoop(name: "desk")
            let server = APIServer(scheduler: scheduler, authority: authority, settings: settings)
            let handler: any HTTPHandler = hasSockets ? server : PlainGateway(server: server)
            let door = Door(loop, settings.listenerSettings(hosts: []), handler)
            try await door.open()
            let desk = Desk(
                directory: directory,
                scheduler: scheduler,
                index: index,
                environment: [
                    "CPA_API_KEY": try await authority.createKey(name: "test", tenant: .default, role: .admin).reveal(),
                    "CPA_SCHEDULER_URL": "http://127.0.0.1:\(await door.port)",
                ],
                door: door
            )
            let result: Result<Void, any Error>
            let running = Task { await scheduler.run() }
            do {
                result = .success(try await body(desk))
            } catch {
                result = .failure(error)
            }
            running.cancel()
            await running.value
            scheduler.close()
            await door.close()
            await loop.shutdown()
            await store.close()
            try result.get()
        }
    }

    /// Plays a worker: takes the next job and ends it with a message.
    func work(_ type: LAMMessage.MessageType, _ payload: JSONObject = [:]) async throws {
        let lease = try await index.claim(
            worker: WorkerID("w1"),
            capabilities: ["goto"],
            lease: .seconds(60),
            wait: .seconds(20)
        )
        guard let lease else { throw SchedulerError(.notFound, "Nothing to claim") }
        for (type, payload) in [(.agree, [:]), (type, payload)] as [(LAMMessage.MessageType, JSONObject)] {
            let base: JSONObject = ["job_id": .string(lease.job.rawValue), "worker": "w1"]
            var message = LAMMessage(
                id: MessageID("\(lease.job)-\(type.rawValue)"),
                timestamp: 0,
                type: type,
                sender: "agent://worker/w1",
                to: ["agent://scheduler"],
                payload: base.merging(payload)
            )
            message.epoch = lease.epoch
            _ = try await scheduler.receive(message)
        }
        await index.finish(lease)
    }

    func run(_ words: String...) async -> Outcome { await run(words) }

    /// - Parameter heard: gets each line as it is written.
    func run(_ words: [String], heard: @escaping @Sendable (String) -> Void = { _ in }) async -> Outcome {
        let lines = Mutex((result: [String](), notes: [String]()))
        let terminal = Terminal(
            result: { line in
                lines.withLock { $0.result.append(line) }
                heard(line)
            },
            note: { line in
                lines.withLock { $0.notes.append(line) }
                heard(line)
            }
        )
        let tool = CommandLineTool(environment: environment, terminal: terminal, signals: Signals())
        let code = await tool.run(words)
        return lines.withLock { Outcome(code: code, result: $0.result, notes: $0.notes) }
    }
}
