package import JobModel

/// Who may be served how much: pauses, shares and limits.
package struct DispatchPolicy: Sendable, Hashable {
    /// Why nothing is given out; nil while it is.
    package var pause: DispatchPause?
    /// Tenants that differ from the default; at most `limit`.
    package var tenants: [TenantID: TenantPolicy]

    /// Tenants that may have a policy of their own.
    package static let limit = 1_000

    /// A policy; without tenants all have equal shares and no limits.
    package init(pause: DispatchPause? = nil, tenants: [TenantID: TenantPolicy] = [:]) {
        self.pause = pause
        self.tenants = tenants
    }
}

/// What holds for the jobs of one tenant.
package struct TenantPolicy: Sendable, Hashable {
    /// Starts in a time: GCRA, so they are spread evenly and at most `burst` come at once.
    package struct Rate: Sendable, Hashable {
        /// Starts in each period, 1…1 000 000.
        package var count: Int
        /// The period.
        package var period: Duration
        /// Starts at once after a rest, at least 1.
        package var burst: Int

        /// A rate.
        package init(count: Int, period: Duration, burst: Int = 1) {
            self.count = count
            self.period = period
            self.burst = burst
        }

        /// Microseconds from one start to the next.
        var interval: Int64 { max(1, period.milliseconds * 1_000 / Int64(max(1, count))) }
        /// Microseconds a start may be early.
        var tolerance: Int64 { interval * Int64(max(1, burst) - 1) }
    }

    /// Why nothing of it is given out; nil while it is.
    package var pause: DispatchPause?
    /// Its share beside other tenants, 1…100: twice the weight, twice the jobs while both have some waiting.
    package var weight: Int
    /// Leases at once; nil for no limit.
    package var concurrency: Int?
    /// Starts in a time; nil for no limit.
    package var rate: Rate?

    /// A policy.
    package init(pause: DispatchPause? = nil, weight: Int = 1, concurrency: Int? = nil, rate: Rate? = nil) {
        self.pause = pause
        self.weight = weight
        self.concurrency = concurrency
        self.rate = rate
    }

    /// What one job costs its tenant in the order of tenants.
    var stride: Int64 { DispatchRules.stride / Int64(min(max(weight, 1), 100)) }
}
