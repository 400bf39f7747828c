import JSON
import JobModel
import JobQueue
import Redis
import SQLite
import Security
import Synchronization
import TestSupport

@testable import JobScheduler
@testable import Storage

/// A scheduler with a clock, an index and a worker that the test plays; nothing runs behind its back.
struct Stage {
    final class Time: Sendable {
        private let milliseconds = Mutex<Int64>(1_000_000)
        var now: Int64 { milliseconds.withLock { $0 } }
        func advance(seconds: Int64) { milliseconds.withLock { $0 += seconds * 1_000 } }
    }

    static let cli = Principal(id: "cli", tenant: .default)
    let time: Time
    let index: FaultyDispatchIndex
    let store: SQLiteStore
    let scheduler: Scheduler
    let directory: String

    static func with(
        _ configure: (inout SchedulerConfiguration) -> Void = { _ in },
        webhooks: (transport: any WebhookTransport, signer: WebhookSigner)? = nil,
        agents: (any AgentCaller)? = nil,
        _ body: (Stage) async throws -> Void
    ) async throws {
        var configuration = SchedulerConfiguration()
        configure(&configuration)
        let settings = configuration
        try await withTemporaryDirectory { directory in
            let time = Time()
            let index = FaultyDispatchIndex { time.now }
            let stage = try await open(directory, time, index, settings, webhooks, agents: agents)
            try await body(stage)
            await stage.store.close()
        }
    }

    /// A scheduler whose data lies in `directory`, with ballast there.
    ///
    /// - Parameter isGivenUp: whether a full disk makes the store give the ballast up.
    static func with(
        in directory: String,
        ballast: Ballast,
        isGivenUp: Bool = true,
        _ body: (Stage) async throws -> Void
    ) async throws {
        let time = Time()
        let index = FaultyDispatchIndex { time.now }
        let stage = try await open(directory, time, index, SchedulerConfiguration(), nil, ballast, isGivenUp)
        let result: Result<Void, any Error>
        do { result = .success(try await body(stage)) } catch { result = .failure(error) }
        await stage.store.close()
        try result.get()
    }

    /// A scheduler whose index lies in a Redis of its own: leases follow Redis' clock, which no test moves.
    static func withRedis(_ body: (Stage) async throws -> Void) async throws {
        try await TestSupport.withRedis { server, loop in
            let address = try RedisAddress(url: server.url)
            let redis = RedisConnection(on: loop, to: address)
            let dispatch = try RedisDispatchIndex(queue: "test", at: address, on: loop)
            let result: Result<Void, any Error>
            do {
                let index = FaultyDispatchIndex(dispatch, in: redis)
                result = .success(
                    try await withTemporaryDirectory { directory in
                        let stage = try await open(directory, Time(), index, SchedulerConfiguration(), nil)
                        try await body(stage)
                        await stage.store.close()
                    }
                )
            } catch { result = .failure(error) }
            await dispatch.close()
            await redis.close()
            try result.get()
        }
    }

    /// Does to the database what nobody may, for positive controls.
    func tamper(_ sql: String) async throws {
        let writer = try await SQLiteWriter(path: directory + "/cpa.db", migrations: Schema.migrations)
        try await writer.write { _ = try $0.database.run(sql) }
        await writer.close()
    }

    /// The same installation after a restart; the index stays.
    func restarted() async throws -> Stage {
        await store.close()
        let webhooks = scheduler.webhooks
        let calls = webhooks.transport.flatMap { transport in webhooks.signer.map { (transport, $0) } }
        return try await Self.open(
            directory,
            time,
            index,
            scheduler.configuration,
            calls,
            agents: scheduler.monitor.caller
        )
    }

    private static func open(
        _ directory: String,
        _ time: Time,
        _ index: FaultyDispatchIndex,
        _ configuration: SchedulerConfiguration,
        _ webhooks: (transport: any WebhookTransport, signer: WebhookSigner)?,
        _ ballast: Ballast? = nil,
        _ isGivenUp: Bool = true,
        agents: (any AgentCaller)? = nil
    ) async throws -> Stage {
        let count = CountedID(start: time.now)
        let vault = try AuditVault(master: [UInt8](repeating: 3, count: 32))
        let store = try await SQLiteStore(path: directory + "/cpa.db", vault: vault)
        let given = isGivenUp ? ballast : nil
        let scheduler = Scheduler(
            store: given.map { BallastedStore(store, ballast: $0) } ?? store as any Store,
            index: index,
            files: try await ArtifactFiles(directory: directory + "/artifacts"),
            configuration: configuration,
            webhooks: webhooks,
            environment: SchedulerEnvironment(
                now: { time.now },
                makeID: { count.next() },
                random: { $0.upperBound },
                hasRoom: { await ballast?.reserve() ?? true }
            ),
            agents: agents
        )
        return Stage(time: time, index: index, store: store, scheduler: scheduler, directory: directory)
    }

    // MARK: What happens behind the calls, one piece at a time

    func relay() async throws {
        var position = OutboxRelay.Position()
        while try await scheduler.relay.relay(from: &position) > 0 {}
        try await scheduler.relay.removeTold(&position)
    }

    /// One sweep of a scheduler that was there all the time.
    func sweep() async throws {
        try await scheduler.sweeper.sweepOverdue()
        try await scheduler.sweeper.giveBack(try await index.expired(limit: 200), countingLosses: true)
        try await relay()
    }

    /// Lets time pass under a scheduler that sweeps every second.
    func pass(seconds: Int, _ presence: inout Presence) async throws {
        for _ in 0..<seconds {
            time.advance(seconds: 1)
            try await scheduler.sweeper.pass(&presence)
        }
        try await relay()
    }

    // MARK: Calls

    func submit(_ scenario: JSONObject = [:]) async throws -> JobID {
        let sample: JSONObject = ["name": "sample", "tasks": [["action": "goto", "url": "https://x/"]]]
        let job = try await scheduler.submit(JobSubmission(scenario: sample.merging(scenario)), as: Self.cli)
        try await relay()
        return job.id
    }

    /// A job whose page was lost after its first step, which must not be repeated; two steps are left.
    func lostPage() async throws -> JobID {
        let id = try await submit([
            "tasks": [
                ["id": "order", "action": "goto", "url": "https://x/", "once": true],
                ["id": "look", "action": "goto", "url": "https://x/"], ["action": "goto", "url": "https://x/"],
            ]
        ])
        let worker = try await start()
        try await worker.step("order", "done")
        try await worker.fail(.pageSessionLost)
        try await relay()
        return id
    }

    func job(_ id: JobID) async throws -> JobRecord { try await scheduler.job(id, for: Self.cli).job }

    func kinds(_ id: JobID) async throws -> [String] {
        try await scheduler.events(of: id, after: 0, for: Self.cli).map { event in
            "\(event.kind.rawValue) \((event.data["state"] ?? event.data["status"])?.string ?? "")"
        }
    }

    /// Claims the next job and agrees to it.
    func start(_ name: String = "w1") async throws -> TestWorker {
        let worker = try await claim(name)
        try await worker.send(.agree)
        return worker
    }

    func claim(_ name: String = "w1") async throws -> TestWorker {
        let lease = try await index.claim(
            worker: WorkerID(name),
            capabilities: ["goto", "send_mail"],
            lease: .seconds(20),
            wait: .zero
        )
        guard let lease else { throw SchedulerError(.notFound, "Nothing to claim") }
        return TestWorker(scheduler: scheduler, index: index, lease: lease)
    }
}

final class CountedID: Sendable {
    private let count: Mutex<Int64>
    init(start: Int64) { count = Mutex(start) }
    func next() -> String {
        count.withLock { count in
            count += 1
            return String(count)
        }
    }
}
