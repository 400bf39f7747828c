import JobModel

/// The rules of the dispatch index without I/O and clock: the reference the Redis scripts are compared with.
struct DispatchTable {
    enum State: Equatable {
        /// Claimable; with its place in the order of its tenant.
        case ready(rank: Rank)
        /// Claimable from a time on.
        case delayed(until: Int64)
        case leased(Lease, until: Int64)
        /// The lease ran out; only the scheduler moves it on.
        case lost(Lease)
    }

    /// Smaller is claimed first.
    struct Rank: Comparable {
        var since: Int64
        var sequence: UInt64
        static func < (lhs: Rank, rhs: Rank) -> Bool { (lhs.since, lhs.sequence) < (rhs.since, rhs.sequence) }
    }

    struct Slot {
        var entry: DispatchEntry
        var state: State
        /// The highest epoch given out or ruled out.
        var epoch: Epoch
        var isCancelled = false
    }

    private(set) var slots: [JobID: Slot] = [:]
    private(set) var shares = TenantShares()
    private var sequence: UInt64 = 0
    /// When which capabilities were last offered.
    private var offers: [Set<String>: Int64] = [:]

    var policy: DispatchPolicy {
        get { shares.policy }
        set { shares.apply(newValue) }
    }

    // MARK: Scheduler's side

    mutating func enqueue(_ entry: DispatchEntry, now: Int64) {
        var epoch = entry.epochFloor
        if let slot = slots[entry.job] {
            if case .leased(let lease, let until) = slot.state, until > now, lease.epoch > entry.epochFloor { return }
            epoch = max(epoch, slot.epoch)
            if waits(slot, as: entry, now) {
                slots[entry.job]?.epoch = epoch
                slots[entry.job]?.isCancelled = false
                return
            }
        }
        let state: State =
            if let due = entry.notBefore, due > now { .delayed(until: due) } else {
                .ready(rank: rank(entry, since: now))
            }
        set(nil, entry.job)
        set(Slot(entry: entry, state: state, epoch: epoch), entry.job)
    }

    /// Whether a slot waits already, under the terms of `entry`.
    private func waits(_ slot: Slot, as entry: DispatchEntry, _ now: Int64) -> Bool {
        guard slot.entry.priority == entry.priority, slot.entry.needs == entry.needs,
            slot.entry.tenant == entry.tenant
        else { return false }
        let due = entry.notBefore.flatMap { $0 > now ? $0 : nil }
        switch slot.state {
        case .ready: return due == nil
        case .delayed(let until): return due == until
        case .leased, .lost: return false
        }
    }

    private mutating func rank(_ entry: DispatchEntry, since: Int64) -> Rank {
        sequence += 1
        return Rank(since: since - Int64(entry.priority) * DispatchRules.headStart, sequence: sequence)
    }

    /// Puts a slot there, or takes it away, and keeps the tenants' shares in step.
    private mutating func set(_ slot: Slot?, _ job: JobID) {
        let old = slots[job]
        slots[job] = slot
        if let old, case .ready = old.state { shares.left(old.entry.tenant) }
        if let slot, case .ready = slot.state { shares.entered(slot.entry.tenant) }
    }

    mutating func remove(_ job: JobID) { set(nil, job) }

    mutating func requestCancel(_ job: JobID) { slots[job]?.isCancelled = true }

    mutating func expired(limit: Int, now: Int64) -> [Lease] {
        var lost: [Lease] = []
        for job in Array(slots.keys) {
            switch slots[job]?.state {
            case .leased(let lease, let until) where until <= now:
                slots[job]?.state = .lost(lease)
                lost.append(lease)
            case .lost(let lease):
                lost.append(lease)
            default:
                break
            }
        }
        return Array(lost.sorted { $0.job.rawValue < $1.job.rawValue }.prefix(limit))
    }

    // MARK: Worker's side

    mutating func claim(worker: WorkerID, capabilities: Set<String>, lease: Duration, now: Int64) -> Lease? {
        offers[capabilities] = now
        promote(now)
        guard !policy.isPaused, let job = best(for: capabilities, now), var slot = slots[job] else { return nil }
        let tenant = slot.entry.tenant
        slot.epoch = Epoch(slot.epoch.rawValue + 1)
        let claimed = Lease(job: job, tenant: tenant, worker: worker, epoch: slot.epoch)
        slot.state = .leased(claimed, until: now + lease.milliseconds)
        shares.served(tenant, now)
        set(slot, job)
        return claimed
    }

    /// The first job of the tenant whose turn it is.
    private func best(for capabilities: Set<String>, _ now: Int64) -> JobID? {
        var best: (job: JobID, turn: TenantShares.Turn, rank: Rank)?
        var mayServe: [TenantID: Bool] = [:]
        for (job, slot) in slots {
            guard case .ready(let rank) = slot.state, slot.entry.needs.isSubset(of: capabilities) else { continue }
            let tenant = slot.entry.tenant
            let isFree = mayServe[tenant] ?? blocks(tenant, now).isEmpty
            mayServe[tenant] = isFree
            guard isFree, let turn = shares.turn(of: tenant) else { continue }
            if best.map({ (turn, rank) < ($0.turn, $0.rank) }) ?? true { best = (job, turn, rank) }
        }
        return best?.job
    }

    private func running(_ tenant: TenantID, _ now: Int64) -> Int {
        slots.values.count { slot in
            guard slot.entry.tenant == tenant, case .leased(_, let until) = slot.state else { return false }
            return until > now
        }
    }

    private func blocks(_ tenant: TenantID, _ now: Int64) -> [DispatchStanding.Block] {
        let own = policy.tenants[tenant] ?? TenantPolicy()
        var blocks: [DispatchStanding.Block] = own.isPaused ? [.tenantPaused] : []
        if let limit = own.concurrency, running(tenant, now) >= limit { blocks.append(.concurrency(limit: limit)) }
        if let due = shares.rateLimited(tenant, now) { blocks.append(.rate(until: due)) }
        return blocks
    }

    private mutating func promote(_ now: Int64) {
        let due = slots.compactMap { job, slot in
            if case .delayed(let until) = slot.state, until <= now { (job: job, until: until) } else { nil }
        }
        for (job, until) in due.sorted(by: { $0.until < $1.until }).prefix(DispatchRules.promotions) {
            guard var slot = slots[job] else { continue }
            slot.state = .ready(rank: rank(slot.entry, since: until))
            set(slot, job)
        }
    }

    mutating func heartbeat(_ lease: Lease, for duration: Duration, now: Int64) -> HeartbeatReply {
        guard let slot = slots[lease.job], case .leased(lease, _) = slot.state else { return .lost }
        slots[lease.job]?.state = .leased(lease, until: now + duration.milliseconds)
        return slot.isCancelled ? .cancel : .held
    }

    mutating func finish(_ lease: Lease) -> Bool {
        guard let slot = slots[lease.job], case .leased(lease, _) = slot.state else { return false }
        set(nil, lease.job)
        return true
    }

    // MARK: Questions

    /// When the next delayed job becomes claimable, or a tenant over its rate may be served again.
    func nextDue(_ now: Int64) -> Int64? {
        let delayed = slots.values.compactMap { if case .delayed(let until) = $0.state { until } else { nil } }
        let limited = shares.waiting.compactMap { shares.rateLimited($0, now) }
        return (delayed + limited).min()
    }

    func knows(_ job: JobID) -> Bool { slots[job] != nil }

    var depth: DispatchDepth {
        slots.values.reduce(into: DispatchDepth(ready: 0, delayed: 0, leased: 0)) { depth, slot in
            switch slot.state {
            case .ready: depth.ready += 1
            case .delayed: depth.delayed += 1
            case .leased: depth.leased += 1
            case .lost: depth.lost += 1
            }
        }
    }

    func standing(of job: JobID, now: Int64) -> DispatchStanding? {
        guard let slot = slots[job] else { return nil }
        let state: DispatchStanding.State
        var ahead = 0
        switch slot.state {
        case .ready(let own):
            state = .ready
            ahead = slots.values.count { other in
                guard case .ready(let rank) = other.state else { return false }
                return other.entry.tenant == slot.entry.tenant && rank < own
            }
        case .delayed(let until): state = .delayed(until: until)
        case .leased: state = .leased
        case .lost: state = .lost
        }
        return DispatchStanding(
            state: state,
            ahead: ahead,
            blocks: (policy.isPaused ? [.queuePaused] : []) + blocks(slot.entry.tenant, now),
            lastOffer: offers.filter { slot.entry.needs.isSubset(of: $0.key) }.map(\.value).max()
        )
    }
}
