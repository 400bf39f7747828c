import JobModel
import JobQueue
import Redis
import Synchronization

/// An index which can be down or forget everything: the one in memory on a clock of the test's, or one in Redis.
actor FaultyDispatchIndex: DispatchIndex {
    struct Outage: Error {}

    private var index: any DispatchIndex
    /// Makes an index that knows nothing.
    private let forget: @Sendable () async throws -> any DispatchIndex
    private let redis: RedisConnection?
    private var isDown = false
    private var isSilent = false
    private var isFull = false
    private var cancelled: Set<JobID> = []
    private var isDeaf = false
    private(set) var calls = 0
    /// What happens while `expired` is answered.
    private var whileSweeping: @Sendable () -> Void = {}
    private let clock: @Sendable () -> Int64?
    /// How far the clock leases end by was set, milliseconds.
    private nonisolated let shift: Shift

    private final class Shift: Sendable {
        let milliseconds = Mutex<Int64>(0)
    }

    init(now: @escaping @Sendable () -> Int64) {
        let shift = Shift()
        self.shift = shift
        let shifted: @Sendable () -> Int64 = { now() + shift.milliseconds.withLock { $0 } }
        self.clock = shifted
        let clock = DispatchClock(now: shifted, sleep: { try await Task.sleep(for: $0) })
        index = InMemoryDispatchIndex(clock: clock)
        forget = { InMemoryDispatchIndex(clock: clock) }
        redis = nil
    }

    /// One in Redis, whose leases follow Redis' clock.
    init(_ index: RedisDispatchIndex, in redis: RedisConnection) {
        self.index = index
        self.redis = redis
        shift = Shift()
        clock = { nil }
        forget = {
            try await redis.send(["FLUSHALL"])
            return index
        }
    }

    /// Sets the clock leases end by.
    func setClock(by seconds: Int64) { shift.milliseconds.withLock { $0 += seconds * 1_000 } }
    /// What happens while the next questions for leases that ran out are answered.
    func whileSweeping(_ body: @escaping @Sendable () -> Void) { whileSweeping = body }
    /// Whether its Redis takes no writes, as a replica.
    func refuseWrites(_ isRefusing: Bool) async throws {
        try await redis?.send(isRefusing ? ["REPLICAOF", "127.0.0.1", "1"] : ["REPLICAOF", "NO", "ONE"])
    }
    func goDown() { isDown = true }
    func comeBack() { isDown = false }
    /// Questions are not answered any more, until whoever asked gives up.
    func beSilent() { isSilent = true }
    /// No job is taken any more; all else goes on.
    func beFull() { isFull = true }
    /// Cancellations are not passed on any more, for positive controls.
    func beDeaf() { isDeaf = true }
    func flush() async throws { index = try await forget() }
    func isKnown(_ job: JobID) async throws -> Bool { try await index.missing(among: [job]).isEmpty }
    func wasCancelled(_ job: JobID) -> Bool { cancelled.contains(job) }

    private func answering() throws -> any DispatchIndex {
        calls += 1
        if isDown { throw Outage() }
        return index
    }

    private func waitWhileSilent() async throws {
        if isSilent { try await Task.sleep(for: .seconds(3_600)) }
    }

    func enqueue(_ entries: [DispatchEntry]) async throws {
        try await tryWrite()
        try await answering().enqueue(entries)
    }

    func tryWrite() async throws { if isFull || isDown { throw Outage() } }

    func claim(
        worker: WorkerID,
        capabilities: Set<String>,
        lease: Duration,
        wait: Duration
    ) async throws -> Lease? {
        try await answering().claim(worker: worker, capabilities: capabilities, lease: lease, wait: wait)
    }

    func heartbeat(_ leases: [Lease], lease: Duration) async throws -> [HeartbeatReply] {
        try await answering().heartbeat(leases, lease: lease)
    }

    func finish(_ lease: Lease) async throws -> Bool { try await answering().finish(lease) }

    func remove(_ job: JobID) async throws { try await answering().remove(job) }

    func remove(_ jobs: [JobID]) async throws { try await answering().remove(jobs) }

    func requestCancel(_ job: JobID) async throws {
        let index = try answering()
        if isDeaf { return }
        try await index.requestCancel(job)
        cancelled.insert(job)
    }

    func expired(limit: Int) async throws -> [Lease] {
        whileSweeping()
        return try await answering().expired(limit: limit)
    }

    func now() async throws -> Int64? { clock() }

    func cancellations() async throws -> AsyncStream<JobID> { try await answering().cancellations() }

    func depth() async throws -> DispatchDepth {
        try await waitWhileSilent()
        return try await answering().depth()
    }

    func apply(_ policy: DispatchPolicy) async throws { try await answering().apply(policy) }

    func standing(of job: JobID) async throws -> DispatchStanding? {
        try await waitWhileSilent()
        return try await answering().standing(of: job)
    }

    func missing(among jobs: [JobID]) async throws -> [JobID] { try await answering().missing(among: jobs) }
}
