import JobModel

/// Whose turn it is: stride scheduling over the tenants with ready jobs, and rates by GCRA.
///
/// Each tenant has a pass that grows by its stride with every job given out; the smallest pass is next. Who comes (back)
/// enters at the pass served last, so a rest earns nothing.
struct TenantShares {
    /// Smaller is served first.
    struct Turn: Comparable {
        var pass: Int64
        var tenant: TenantID

        static func < (lhs: Turn, rhs: Turn) -> Bool {
            if lhs.pass != rhs.pass { return lhs.pass < rhs.pass }
            // As Redis orders members of equal score: by bytes.
            return lhs.tenant.rawValue.utf8.lexicographicallyPrecedes(rhs.tenant.rawValue.utf8)
        }
    }

    private(set) var policy = DispatchPolicy()
    /// Ready jobs of each tenant that has some.
    private var ready: [TenantID: Int] = [:]
    private var passes: [TenantID: Int64] = [:]
    /// The pass that was served last.
    private var virtualTime: Int64 = 0
    /// Theoretical arrival times of GCRA, microseconds since 1970.
    private var arrivals: [TenantID: Int64] = [:]

    /// Tenants with ready jobs.
    var waiting: some Sequence<TenantID> { ready.keys }

    mutating func apply(_ policy: DispatchPolicy) {
        self.policy = policy
        arrivals = arrivals.filter { policy.tenants[$0.key]?.rate != nil }
    }

    /// One more ready job.
    mutating func entered(_ tenant: TenantID) {
        if ready[tenant] == nil { passes[tenant] = max(passes[tenant] ?? 0, virtualTime) }
        ready[tenant, default: 0] += 1
    }

    /// One ready job less.
    mutating func left(_ tenant: TenantID) {
        guard let count = ready[tenant] else { preconditionFailure("Cannot leave when not ready") }
        ready[tenant] = count > 1 ? count - 1 : nil
        // A pass that was overtaken says nothing any more.
        if count == 1, let pass = passes[tenant], pass <= virtualTime { passes[tenant] = nil }
    }

    func turn(of tenant: TenantID) -> Turn? { passes[tenant].map { Turn(pass: $0, tenant: tenant) } }

    /// A job of the tenant is given out; it is still counted as ready.
    mutating func served(_ tenant: TenantID, _ now: Int64) {
        let own = policy.tenants[tenant] ?? TenantPolicy()
        let pass = passes[tenant] ?? virtualTime
        virtualTime = max(virtualTime, pass)
        passes[tenant] = pass + own.stride
        if let rate = own.rate { arrivals[tenant] = max(arrivals[tenant] ?? 0, now * 1_000) + rate.interval }
    }

    /// When a tenant over its rate may be served again, milliseconds since 1970; nil when it may be now.
    func rateLimited(_ tenant: TenantID, _ now: Int64) -> Int64? {
        guard let rate = policy.tenants[tenant]?.rate, let arrival = arrivals[tenant] else { return nil }
        let earliest = arrival - rate.tolerance
        return earliest > now * 1_000 ? (earliest + 999) / 1_000 : nil
    }
}
