import JSON
package import JobModel
import JobQueue
package import Security
package import Storage

extension Scheduler {
    /// Whose policy is meant.
    package enum PolicyScope: Hashable, Sendable {
        /// The whole queue; only for operators.
        case queue
        /// One tenant; other tenants than the caller's only for operators.
        case tenant(TenantID)

        var tenant: TenantID? { if case .tenant(let tenant) = self { tenant } else { nil } }
    }

    /// What a tenant may have of the queue.
    package struct Limits: Hashable, Sendable {
        /// Its share beside other tenants, 1…100.
        package var weight = 1
        /// Jobs that run at once; nil for no limit.
        package var concurrency: Int?
        /// Starts in a time; nil for no limit.
        package var rate: PolicyRecord.Rate?

        /// Equal shares, no limits.
        package init() {}
    }

    /// Gives nothing out any more. Pausing twice keeps the first pause, but what becomes of running jobs is what was said last.
    ///
    /// - Parameter running: what becomes of jobs that run; workers learn it with their next heartbeat.
    /// - Throws: `SchedulerError`: `forbidden`, `conflict` (too many policies).
    @discardableResult
    package func pause(
        _ scope: PolicyScope,
        note: String?,
        running: PolicyRecord.Running = .goOn,
        as caller: Principal
    ) async throws -> PolicyRecord {
        let now = writer.environment.now()
        let detail: JSONObject = [
            "note": note.map { .string($0) } ?? .null, "running": .string(running.rawValue),
        ]
        return try await change(scope, "paused", detail, caller) { policy in
            if policy.pause == nil { policy.pause = PolicyRecord.Pause(since: now, actor: caller.id, note: note) }
            policy.pause?.running = running
        }
    }

    /// Gives out again.
    ///
    /// - Throws: `SchedulerError` with `forbidden`.
    @discardableResult
    package func resume(_ scope: PolicyScope, as caller: Principal) async throws -> PolicyRecord {
        try await change(scope, "resumed", [:], caller) { $0.pause = nil }
    }

    /// Sets what a tenant may have; only operators can.
    ///
    /// - Throws: `SchedulerError`: `forbidden`, `invalidInput`, `conflict` (too many policies).
    @discardableResult
    package func limit(_ tenant: TenantID, to limits: Limits, as caller: Principal) async throws -> PolicyRecord {
        guard caller.isOperator else { throw SchedulerError.operatorOnly("set limits") }
        try Self.check(limits)
        let detail: JSONObject = [
            "weight": JSONValue(limits.weight), "concurrency": limits.concurrency.map { JSONValue($0) } ?? .null,
            "rate": limits.rate.map { .string("\($0.count) in \($0.period) ms, burst \($0.burst)") } ?? .null,
        ]
        return try await change(.tenant(tenant), "limited", detail, caller) { policy in
            policy.weight = limits.weight
            policy.concurrency = limits.concurrency
            policy.rate = limits.rate
        }
    }

    /// What was said of the queue and of the tenants the caller may know of; the queue comes first.
    ///
    /// - Throws: `SchedulerError`.
    package func policies(for caller: Principal) async throws -> [PolicyRecord] {
        let policies = try await writer.read { try $0.policies() }
        return policies.filter { $0.tenant == nil || $0.tenant == caller.tenant || caller.isOperator }
    }

    // MARK: Parts

    private func change(
        _ scope: PolicyScope,
        _ verb: String,
        _ detail: JSONObject,
        _ caller: Principal,
        _ body: @escaping @Sendable (inout PolicyRecord) -> Void
    ) async throws -> PolicyRecord {
        guard caller.isOperator || scope == .tenant(caller.tenant) else {
            throw SchedulerError.operatorOnly("change what holds for others")
        }
        if let name = scope.tenant?.rawValue, !(1...100).contains(name.utf8.count) {
            throw SchedulerError.member("/tenant", "must be a name of 1 to 100 bytes, has \(name.utf8.count)")
        }
        let now = writer.environment.now()
        let announcer = writer.announcer
        return try await writer.write { transaction in
            let old = try transaction.policy(of: scope.tenant)
            var policy = old
            body(&policy)
            guard policy != old else { return old }
            if old.isDefault, try transaction.policies().count > DispatchPolicy.limit {
                throw SchedulerError(.conflict, "\(DispatchPolicy.limit) tenants have policies of their own already")
            }
            try transaction.save(policy, at: now)
            try transaction.append(
                AuditEntry(
                    tenant: scope.tenant ?? caller.tenant,
                    timestamp: now,
                    actor: caller.id,
                    action: (scope == .queue ? "queue." : "tenant.") + verb,
                    job: nil,
                    detail: detail
                )
            )
            try transaction.notifyIndexOfPolicies()
            transaction.afterCommit { announcer.relay.raise() }
            return policy
        }
    }

    private static func check(_ limits: Limits) throws {
        var problems: [InvalidInput.Problem] = []
        func check(_ pointer: JSONPointer, _ value: Int, _ range: ClosedRange<Int>, _ remedy: String = "") {
            guard !range.contains(value) else { return }
            let message = "must be \(range.lowerBound) to \(range.upperBound), is \(value)\(remedy)"
            problems.append(.init(pointer: pointer, message: message))
        }
        check("/weight", limits.weight, 1...100)
        if let concurrency = limits.concurrency {
            check("/concurrency", concurrency, 1...100_000, "; to stop all, pause the tenant")
        }
        if let rate = limits.rate {
            check("/rate/count", rate.count, 1...1_000_000)
            check("/rate/burst", rate.burst, 1...100_000)
            if !(1...86_400_000).contains(rate.period) {
                problems.append(.init(pointer: "/rate/per", message: "must be 1 ms to 1 day, is \(rate.period) ms"))
            }
        }
        guard problems.isEmpty else { throw SchedulerError(InvalidInput(problems: problems)) }
    }
}

extension Principal {
    /// Keys of the default tenant are the operator's: the first key `cpa serve` makes is one.
    var isOperator: Bool { tenant == .default }
}

extension SchedulerError {
    static func operatorOnly(_ what: String) -> SchedulerError {
        SchedulerError(.forbidden, "Only a key of the tenant '\(TenantID.default)' can \(what)")
    }
}

extension DispatchPause {
    init(_ running: PolicyRecord.Running) {
        switch running {
        case .goOn: self = .runningGoesOn
        case .hold: self = .runningHolds
        case .handBack: self = .runningGoesBack
        }
    }
}

extension DispatchPolicy {
    /// What the dispatch index is told.
    init(_ policies: [PolicyRecord]) {
        self.init()
        for policy in policies {
            guard let tenant = policy.tenant else {
                pause = policy.pause.map { DispatchPause($0.running) }
                continue
            }
            tenants[tenant] = TenantPolicy(
                pause: policy.pause.map { DispatchPause($0.running) },
                weight: policy.weight,
                concurrency: policy.concurrency,
                rate: policy.rate.map { .init(count: $0.count, period: .milliseconds($0.period), burst: $0.burst) }
            )
        }
    }
}
