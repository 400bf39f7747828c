import JobModel

/// The rules of the dispatch index without I/O and clock: the reference the Redis scripts are compared with.
struct DispatchTable {
    private enum State: Equatable {
        /// Claimable; with its place in the order.
        case ready(rank: Rank)
        /// Claimable from a time on.
        case delayed(until: Int64)
        case leased(Lease, until: Int64)
        /// The lease ran out; only the scheduler moves it on.
        case lost(Lease)
    }

    /// Smaller is claimed first.
    private struct Rank: Comparable {
        var since: Int64
        var sequence: UInt64
        static func < (lhs: Rank, rhs: Rank) -> Bool { (lhs.since, lhs.sequence) < (rhs.since, rhs.sequence) }
    }

    private struct Slot {
        var entry: DispatchEntry
        var state: State
        /// The highest epoch given out or ruled out.
        var epoch: Epoch
        var isCancelled = false
    }

    private var slots: [JobID: Slot] = [:]
    private var sequence: UInt64 = 0

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
        slots[entry.job] = Slot(entry: entry, state: state, epoch: epoch)
    }

    /// Whether a slot waits already, under the terms of `entry`.
    private func waits(_ slot: Slot, as entry: DispatchEntry, _ now: Int64) -> Bool {
        guard slot.entry.priority == entry.priority, slot.entry.needs == entry.needs else { return false }
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

    mutating func claim(worker: WorkerID, capabilities: Set<String>, lease: Duration, now: Int64) -> Lease? {
        promote(now)
        var best: (job: JobID, rank: Rank)?
        for (job, slot) in slots {
            guard case .ready(let rank) = slot.state, slot.entry.needs.isSubset(of: capabilities) else { continue }
            if best.map({ rank < $0.rank }) ?? true { best = (job, rank) }
        }
        guard let job = best?.job, var slot = slots[job] else { return nil }
        slot.epoch = Epoch(slot.epoch.rawValue + 1)
        let claimed = Lease(job: job, tenant: slot.entry.tenant, worker: worker, epoch: slot.epoch)
        slot.state = .leased(claimed, until: now + lease.milliseconds)
        slots[job] = slot
        return claimed
    }

    private mutating func promote(_ now: Int64) {
        let due = slots.compactMap { job, slot in
            if case .delayed(let until) = slot.state, until <= now { (job: job, until: until) } else { nil }
        }
        for (job, until) in due.sorted(by: { $0.until < $1.until }).prefix(DispatchRules.promotions) {
            guard let entry = slots[job]?.entry else { continue }
            let rank = rank(entry, since: until)
            slots[job]?.state = .ready(rank: rank)
        }
    }

    /// When the next delayed job becomes claimable.
    var nextDue: Int64? {
        slots.values.compactMap { if case .delayed(let until) = $0.state { until } else { nil } }.min()
    }

    mutating func heartbeat(_ lease: Lease, for duration: Duration, now: Int64) -> HeartbeatReply {
        guard let slot = slots[lease.job], case .leased(lease, _) = slot.state else { return .lost }
        slots[lease.job]?.state = .leased(lease, until: now + duration.milliseconds)
        return slot.isCancelled ? .cancel : .held
    }

    mutating func finish(_ lease: Lease) -> Bool {
        guard let slot = slots[lease.job], case .leased(lease, _) = slot.state else { return false }
        slots[lease.job] = nil
        return true
    }

    mutating func remove(_ job: JobID) { slots[job] = nil }

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
}
