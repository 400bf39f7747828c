import JobModel

/// The rules of the dispatch index without I/O and clock: the reference the Redis scripts are compared with.
///
/// A claim looks at the first job of each kind of each tenant with ready jobs, and at what is leased; not at what waits.
struct DispatchTable {
    typealias Rank = RankedJobs.Rank

    enum State: Equatable {
        /// Claimable; with its place in the order of its tenant.
        case ready(rank: Rank)
        /// Claimable from a time on.
        case delayed(until: Int64)
        case leased(Lease, until: Int64)
        /// The lease ran out; only the scheduler moves it on.
        case lost(Lease)
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
    private(set) var depth = DispatchDepth(ready: 0, delayed: 0, leased: 0)
    /// Ready jobs of each tenant that has some, by what they need.
    private var ready: [TenantID: [Set<String>: RankedJobs]] = [:]
    /// Delayed jobs, by when they are due.
    private var delayed = RankedJobs()
    /// Jobs with a lease of each tenant that has some.
    private var leased: [TenantID: Set<JobID>] = [:]
    private var lost: Set<JobID> = []
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

    /// Puts a slot there, or takes it away, and keeps everything that is found by its state in step.
    private mutating func set(_ slot: Slot?, _ job: JobID) {
        if let old = slots[job] { leave(old, job) }
        slots[job] = slot
        if let slot { enter(slot, job) }
    }

    private mutating func enter(_ slot: Slot, _ job: JobID) {
        let tenant = slot.entry.tenant
        switch slot.state {
        case .ready(let rank):
            ready[tenant, default: [:]][slot.entry.needs, default: RankedJobs()].insert(job, at: rank)
            shares.entered(tenant)
            depth.ready += 1
        case .delayed(let until):
            sequence += 1
            delayed.insert(job, at: Rank(since: until, sequence: sequence))
            depth.delayed += 1
        case .leased:
            leased[tenant, default: []].insert(job)
            depth.leased += 1
        case .lost:
            lost.insert(job)
            depth.lost += 1
        }
    }

    private mutating func leave(_ slot: Slot, _ job: JobID) {
        let tenant = slot.entry.tenant
        switch slot.state {
        case .ready:
            ready[tenant]?[slot.entry.needs]?.remove(job)
            if ready[tenant]?[slot.entry.needs]?.isEmpty ?? false { ready[tenant]?[slot.entry.needs] = nil }
            if ready[tenant]?.isEmpty ?? false { ready[tenant] = nil }
            shares.left(tenant)
            depth.ready -= 1
        case .delayed:
            delayed.remove(job)
            depth.delayed -= 1
        case .leased:
            leased[tenant]?.remove(job)
            if leased[tenant]?.isEmpty ?? false { leased[tenant] = nil }
            depth.leased -= 1
        case .lost:
            lost.remove(job)
            depth.lost -= 1
        }
    }

    mutating func remove(_ job: JobID) { set(nil, job) }

    mutating func requestCancel(_ job: JobID) { slots[job]?.isCancelled = true }

    mutating func expired(limit: Int, now: Int64) -> [Lease] {
        for job in leased.values.joined() {
            guard var slot = slots[job], case .leased(let lease, let until) = slot.state, until <= now else { continue }
            slot.state = .lost(lease)
            set(slot, job)
        }
        let leases = lost.compactMap { if case .lost(let lease) = slots[$0]?.state { lease } else { nil } }
        return Array(leases.sorted { $0.job.rawValue < $1.job.rawValue }.prefix(limit))
    }

    // MARK: Worker's side

    mutating func claim(worker: WorkerID, capabilities: Set<String>, lease: Duration, now: Int64) -> Lease? {
        offers[capabilities] = now
        promote(now)
        guard policy.pause == nil, let job = best(for: capabilities, now), var slot = slots[job] else { return nil }
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
        var best: (job: JobID, turn: TenantShares.Turn)?
        for (tenant, kinds) in ready {
            guard let turn = shares.turn(of: tenant), best.map({ turn < $0.turn }) ?? true else { continue }
            let offered = kinds.lazy.filter { $0.key.isSubset(of: capabilities) }.compactMap(\.value.first)
            guard let first = offered.min(by: { $0.rank < $1.rank }), blocks(tenant, now).isEmpty else { continue }
            best = (first.job, turn)
        }
        return best?.job
    }

    private func running(_ tenant: TenantID, _ now: Int64) -> Int {
        (leased[tenant] ?? []).count { job in
            if case .leased(_, let until) = slots[job]?.state { until > now } else { false }
        }
    }

    private func blocks(_ tenant: TenantID, _ now: Int64) -> [DispatchStanding.Block] {
        let own = policy.tenants[tenant] ?? TenantPolicy()
        var blocks: [DispatchStanding.Block] = own.pause != nil ? [.tenantPaused] : []
        if let limit = own.concurrency, running(tenant, now) >= limit { blocks.append(.concurrency(limit: limit)) }
        if let due = shares.rateLimited(tenant, now) { blocks.append(.rate(until: due)) }
        return blocks
    }

    private mutating func promote(_ now: Int64) {
        for _ in 0..<DispatchRules.promotions {
            guard let (due, job) = delayed.first, due.since <= now, var slot = slots[job] else { return }
            slot.state = .ready(rank: rank(slot.entry, since: due.since))
            set(slot, job)
        }
    }

    mutating func heartbeat(_ lease: Lease, for duration: Duration, now: Int64) -> HeartbeatReply {
        guard let slot = slots[lease.job], case .leased(lease, _) = slot.state else { return .lost }
        slots[lease.job]?.state = .leased(lease, until: now + duration.milliseconds)
        if slot.isCancelled { return .cancel }
        return switch [policy.pause, policy.tenants[lease.tenant]?.pause].compactMap({ $0 }).max() {
        case .runningHolds: .pause
        case .runningGoesBack: .drain
        case .runningGoesOn, nil: .held
        }
    }

    mutating func finish(_ lease: Lease) -> Bool {
        guard let slot = slots[lease.job], case .leased(lease, _) = slot.state else { return false }
        set(nil, lease.job)
        return true
    }

    // MARK: Questions

    /// When the next delayed job becomes claimable, or a tenant over its rate may be served again.
    func nextDue(_ now: Int64) -> Int64? {
        let limited = shares.waiting.compactMap { shares.rateLimited($0, now) }.min()
        return [delayed.first?.rank.since, limited].compactMap { $0 }.min()
    }

    func knows(_ job: JobID) -> Bool { slots[job] != nil }

    func standing(of job: JobID, now: Int64) -> DispatchStanding? {
        guard let slot = slots[job] else { return nil }
        let state: DispatchStanding.State
        var ahead = 0
        switch slot.state {
        case .ready(let own):
            state = .ready
            ahead = (ready[slot.entry.tenant] ?? [:]).values.reduce(0) { $0 + $1.count(before: own) }
        case .delayed(let until): state = .delayed(until: until)
        case .leased: state = .leased
        case .lost: state = .lost
        }
        return DispatchStanding(
            state: state,
            ahead: ahead,
            blocks: (policy.pause != nil ? [.queuePaused] : []) + blocks(slot.entry.tenant, now),
            lastOffer: offers.filter { slot.entry.needs.isSubset(of: $0.key) }.map(\.value).max()
        )
    }
}
