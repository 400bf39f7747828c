import JobModel
import JobQueue

/// The index in memory on a clock of the test's, which can be down or forget everything.
actor FaultyDispatchIndex: DispatchIndex {
    struct Outage: Error {}

    private let clock: DispatchClock
    private var index: InMemoryDispatchIndex
    private var isDown = false
    private var cancelled: Set<JobID> = []
    private var isDeaf = false
    private(set) var calls = 0

    init(now: @escaping @Sendable () -> Int64) {
        clock = DispatchClock(now: now, sleep: { try await Task.sleep(for: $0) })
        index = InMemoryDispatchIndex(clock: clock)
    }

    func goDown() { isDown = true }
    func comeBack() { isDown = false }
    /// Cancellations are not passed on any more, for positive controls.
    func beDeaf() { isDeaf = true }
    func flush() { index = InMemoryDispatchIndex(clock: clock) }
    func isKnown(_ job: JobID) async -> Bool { await index.missing(among: [job]).isEmpty }
    func wasCancelled(_ job: JobID) -> Bool { cancelled.contains(job) }

    private func answering() throws -> InMemoryDispatchIndex {
        calls += 1
        if isDown { throw Outage() }
        return index
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
        await index.requestCancel(job)
        cancelled.insert(job)
    }

    func expired(limit: Int) async throws -> [Lease] { try await answering().expired(limit: limit) }

    func cancellations() async throws -> AsyncStream<JobID> { try await answering().cancellations() }

    func depth() async throws -> DispatchDepth { try await answering().depth() }

    func apply(_ policy: DispatchPolicy) async throws { try await answering().apply(policy) }

    func standing(of job: JobID) async throws -> DispatchStanding? { try await answering().standing(of: job) }

    func missing(among jobs: [JobID]) async throws -> [JobID] { try await answering().missing(among: jobs) }
}
