import JobModel
import JobQueue

/// An index in memory on a clock of the test's, which can be down or forget everything.
actor FakeDispatchIndex: DispatchIndex {
    struct Outage: Error {}

    private struct Slot {
        var entry: DispatchEntry
        var lease: Lease?
        var expiry: Int64 = 0
        var lastEpoch: Epoch
        var isCancelled = false
    }

    private let now: @Sendable () -> Int64
    private var slots: [JobID: Slot] = [:]
    private(set) var isDown = false
    private(set) var calls = 0

    init(now: @escaping @Sendable () -> Int64) { self.now = now }

    func goDown() { isDown = true }
    func comeBack() { isDown = false }
    func flush() { slots = [:] }
    func isLeased(_ job: JobID) -> Bool { slots[job]?.lease != nil }
    func isKnown(_ job: JobID) -> Bool { slots[job] != nil }
    func wasCancelled(_ job: JobID) -> Bool { slots[job]?.isCancelled ?? false }

    private func answer() throws {
        calls += 1
        if isDown { throw Outage() }
    }

    func enqueue(_ entries: [DispatchEntry]) throws {
        try answer()
        for entry in entries {
            if let slot = slots[entry.job], let lease = slot.lease, lease.epoch > entry.epochFloor { continue }
            let last = max(entry.epochFloor, slots[entry.job]?.lastEpoch ?? Epoch(0))
            slots[entry.job] = Slot(entry: entry, lastEpoch: last)
        }
    }

    func claim(worker: WorkerID, capabilities: Set<String>, lease: Duration, wait: Duration) throws -> Lease? {
        try answer()
        let ready = slots.values
            .filter {
                $0.lease == nil && ($0.entry.notBefore ?? 0) <= now() && capabilities.isSuperset(of: $0.entry.needs)
            }
            .min { ($1.entry.priority, $0.entry.job.rawValue) < ($0.entry.priority, $1.entry.job.rawValue) }
        guard let ready else { return nil }
        let job = ready.entry.job
        let epoch = Epoch(ready.lastEpoch.rawValue + 1)
        let held = Lease(job: job, tenant: ready.entry.tenant, worker: worker, epoch: epoch)
        slots[job]?.lease = held
        slots[job]?.lastEpoch = epoch
        slots[job]?.expiry = now() + lease.components.seconds * 1_000
        return held
    }

    func heartbeat(_ leases: [Lease], lease: Duration) throws -> [HeartbeatReply] {
        try answer()
        return leases.map { held in
            guard slots[held.job]?.lease == held else { return .lost }
            slots[held.job]?.expiry = now() + lease.components.seconds * 1_000
            return slots[held.job]?.isCancelled == true ? .cancel : .held
        }
    }

    func finish(_ lease: Lease) throws -> Bool {
        try answer()
        guard slots[lease.job]?.lease == lease else { return false }
        slots[lease.job] = nil
        return true
    }

    func remove(_ job: JobID) throws {
        try answer()
        slots[job] = nil
    }

    func requestCancel(_ job: JobID) throws {
        try answer()
        slots[job]?.isCancelled = true
    }

    func expired(limit: Int) throws -> [Lease] {
        try answer()
        return slots.values.compactMap { $0.expiry <= now() ? $0.lease : nil }
    }

    func cancellations() -> AsyncStream<JobID> { AsyncStream { $0.finish() } }

    func depth() throws -> DispatchDepth {
        try answer()
        return DispatchDepth(ready: slots.values.filter { $0.lease == nil }.count, delayed: 0, leased: 0)
    }

    func missing(among jobs: [JobID]) throws -> [JobID] {
        try answer()
        return jobs.filter { slots[$0] == nil }
    }
}
