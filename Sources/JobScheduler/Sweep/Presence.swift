/// Since when the scheduler has been there without a break: its store and its index answered, pass after pass.
///
/// A worker is blamed for a lease that ran out only when the scheduler was there for all of it, and for a lease before. What
/// happened during an outage (of the scheduler, its store, the index, or a machine too busy for any of them) is nobody's loss;
/// nor is a lease that begins when it ends: an index that comes back takes claims and renewals it had kept waiting, of workers
/// that have given up since.
struct Presence {
    private let lease: Int64
    /// A longer pause between two passes is an outage: the process was stopped, or the machine was held up.
    private let patience: Int64
    private var since: Int64?
    private var last: Int64?
    /// When both clocks were looked at.
    private var clocks: (own: Int64, index: Int64)?

    /// - Parameters:
    ///   - lease: how long a lease lasts without renewal, milliseconds.
    ///   - interval: between two passes, milliseconds.
    init(lease: Int64, interval: Int64) {
        self.lease = lease
        patience = max(lease / 3, interval * 3)
    }

    /// A pass is under way, at a time of the wall clock.
    ///
    /// - Parameter index: the time of the clock leases end by, where that is another.
    mutating func passed(at now: Int64, index: Int64? = nil) {
        // A clock set back says nothing about how long anything took.
        let isUnbroken = last.map { (0...patience).contains(now - $0) } ?? false
        if !isUnbroken || hasJumped(index, at: now) { since = now }
        last = now
    }

    /// Whether to look at the index' clock again where no lease ran out: often enough that both clocks go alike meanwhile, and
    /// that one that was set and set right again is seen.
    func wantsClock(at now: Int64) -> Bool { clocks.map { !(0..<2_000).contains(now - $0.own) } ?? true }

    /// Whether the index' clock was set: leases ended, or lasted, by as much.
    private mutating func hasJumped(_ index: Int64?, at now: Int64) -> Bool {
        guard let index else { return false }
        defer { clocks = (now, index) }
        guard let clocks else { return false }
        return abs((index - clocks.index) - (now - clocks.own)) > patience
    }

    /// A pass failed: the store or the index is away.
    mutating func failed() {
        since = nil
        last = nil
    }

    /// Whether a lease that is over by now was asked for, and could have been renewed, without an outage.
    func coversLease(at now: Int64) -> Bool { since.map { now - $0 >= 2 * lease } ?? false }
}
