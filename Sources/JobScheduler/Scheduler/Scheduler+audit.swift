import JSON
package import JobModel
package import Security
package import Storage

/// What an erasure comes to.
package struct AuditErasure: Sendable {
    /// Jobs whose data is gone, or would be.
    package var jobs: [JobID] = []
    /// Audit records that cannot be read in full any more.
    package var records = 0
    /// Jobs that were left as they are, and why.
    package var refused: [(job: JobID, why: String)] = []
}

extension Scheduler {
    /// Audit records that fit, in order.
    ///
    /// - Throws: `SchedulerError`.
    package func audit(_ query: AuditQuery, for caller: Principal) async throws -> [AuditRecord] {
        var query = query
        query.tenant = caller.tenant
        query.limit = min(max(query.limit, 1), 1_000)
        return try await writer.read { [query] in try $0.audit(query) }
    }

    /// Erases what is personal about a job, or about all jobs that name a person: destroys the keys of their audit records,
    /// and removes the jobs with their events, messages and files. The chain stays whole and says that it happened.
    ///
    /// - Parameter isDryRun: whether only what would happen is told.
    /// - Throws: `SchedulerError`: `notFound`.
    package func erase(
        _ target: EraseTarget,
        isDryRun: Bool,
        as caller: Principal
    ) async throws -> AuditErasure {
        let now = writer.environment.now()
        let jobs: [JobID] =
            switch target {
            case .job(let id): [id]
            // Takes a while: the writing goes on meanwhile.
            case .person(let name): try await writer.read { try $0.jobs(naming: name, tenant: caller.tenant) }
            }
        let erasure = try await writer.write { transaction in
            var erasure = AuditErasure()
            for id in jobs { try Self.erase(id, isDryRun, caller, at: now, in: transaction, &erasure) }
            if case .job(let id) = target, erasure.jobs.isEmpty, erasure.refused.isEmpty {
                throw SchedulerError.notFound(id)
            }
            return erasure
        }
        if !isDryRun { await writer.store.checkpoint() }
        return erasure
    }

    /// What is to be erased.
    package enum EraseTarget: Sendable {
        case job(JobID)
        /// A mail address, as it stands in what was recorded.
        case person(String)
    }

    private static func erase(
        _ id: JobID,
        _ isDryRun: Bool,
        _ caller: Principal,
        at now: Int64,
        in transaction: any StoreTransaction,
        _ erasure: inout AuditErasure
    ) throws {
        let job = try transaction.job(id)
        guard job == nil || job?.tenant == caller.tenant else { return }
        if let job, !job.state.isTerminal {
            erasure.refused.append((id, "it is \(job.state.rawValue); cancel it first"))
            return
        }
        if try transaction.isHeld(id, tenant: caller.tenant) {
            erasure.refused.append((id, "a legal hold keeps it"))
            return
        }
        if job == nil, try transaction.audit(about: id, limit: 1).first?.tenant != caller.tenant { return }
        erasure.jobs.append(id)
        guard !isDryRun else { return }
        let records = try transaction.destroyAuditKeys(of: id, tenant: caller.tenant, at: now)
        if job != nil { try transaction.deleteJob(id, at: now) }
        erasure.records += records
        try transaction.append(
            AuditEntry(
                tenant: caller.tenant,
                timestamp: now,
                actor: caller.id,
                action: "audit.erased",
                job: id,
                detail: ["records": JSONValue(records), "job_removed": .bool(job != nil)]
            )
        )
    }

    // MARK: Holds

    /// Keeps what is on record of a job, or of the tenant, from retention and erasure.
    ///
    /// - Throws: `SchedulerError`: `invalidInput`, `notFound`.
    package func hold(_ job: JobID?, reason: String, as caller: Principal) async throws -> AuditHold {
        guard (1...500).contains(reason.utf8.count) else {
            throw SchedulerError.member(
                "/reason",
                "must be text of 1 to 500 bytes that says why it is kept, has \(reason.utf8.count)"
            )
        }
        let now = writer.environment.now()
        let hold = AuditHold(
            id: "h" + writer.environment.makeID(),
            tenant: caller.tenant,
            job: job,
            reason: reason,
            actor: caller.id,
            since: now
        )
        try await writer.write { transaction in
            if let job { _ = try Self.job(job, caller, in: transaction) }
            try transaction.save(hold)
            try transaction.append(Self.entry("audit.held", hold, caller, at: now))
        }
        return hold
    }

    /// The tenant's holds.
    ///
    /// - Throws: `SchedulerError`.
    package func holds(for caller: Principal) async throws -> [AuditHold] {
        try await writer.read { try $0.auditHolds(of: caller.tenant) }
    }

    /// Ends a hold.
    ///
    /// - Throws: `SchedulerError` with `notFound`.
    package func release(hold id: String, as caller: Principal) async throws {
        let now = writer.environment.now()
        try await writer.write { transaction in
            guard let hold = try transaction.auditHolds(of: caller.tenant).first(where: { $0.id == id }) else {
                throw SchedulerError(.notFound, "There is no hold \(id.prefix(80))")
            }
            try transaction.deleteAuditHold(id)
            try transaction.append(Self.entry("audit.released", hold, caller, at: now))
        }
    }

    private static func entry(_ action: String, _ hold: AuditHold, _ caller: Principal, at now: Int64) -> AuditEntry {
        AuditEntry(
            tenant: hold.tenant,
            timestamp: now,
            actor: caller.id,
            action: action,
            job: hold.job,
            detail: ["hold": .string(hold.id), "reason": .string(hold.reason)]
        )
    }
}
