import JobModel
import JobQueue
import Redis

/// An index which can be down or forget everything: the one in memory on a clock of the test's, or one in Redis.
actor FaultyDispatchIndex: DispatchIndex {
    struct Outage: Error {}

    private var index: any DispatchIndex
    /// Makes an index that knows nothing.
    private let forget: @Sendable () async throws -> any DispatchIndex
    private var isDown = false
    private var isSilent = false
    private var cancelled: Set<JobID> = []
    private var isDeaf = false
    private(set) var calls = 0

    init(now: @escaping @Sendable () -> Int64) {
        let clock = DispatchClock(now: now, sleep: { try await Task.sleep(for: $0) })
        index = InMemoryDispatchIndex(clock: clock)
        forget = { InMemoryDispatchIndex(clock: clock) }
    }

    /// One in Redis, whose leases follow Redis' clock.
    init(_ index: RedisDispatchIndex, in redis: RedisConnection) {
        self.index = index
        forget = {
            try await redis.send(["FLUSHALL"])
            return index
        }
    }

    func goDown() { isDown = true }
    func comeBack() { isDown = false }
    /// Questions are not answered any more, until whoever asked gives up.
    func beSilent() { isSilent = true }
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

    func enqueue(_ entries: [DispatchEntry]) async throws { try await answering().enqueue(entries) }

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

    func expired(limit: Int) async throws -> [Lease] { try await answering().expired(limit: limit) }

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
