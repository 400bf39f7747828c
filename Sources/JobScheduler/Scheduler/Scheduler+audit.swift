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
    /// Messages about no job that are gone, or would be.
    package var messages = 0
    /// Messages about no job that a hold on everything keeps.
    package var heldMessages = 0
    /// Schedules that name the person: they stay, and so will their next jobs.
    package var schedules: [String] = []
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
    /// and removes the jobs with their events, messages and files, and messages about no job. The chain stays whole and says
    /// that it happened. Schedules are named only.
    ///
    /// - Parameter isDryRun: whether only what would happen is told.
    /// - Throws: `SchedulerError`: `notFound`, `invalidInput` for a person that is no address.
    package func erase(
        _ target: EraseTarget,
        isDryRun: Bool,
        as caller: Principal
    ) async throws -> AuditErasure {
        let now = writer.environment.now()
        let traces: Traces
        switch target {
        case .job(let id): traces = Traces(jobs: [id])
        case .person(let name):
            try Self.checkAddress(name)
            // Takes a while: the writing goes on meanwhile.
            traces = try await writer.read { snapshot in
                Traces(
                    person: name,
                    jobs: try snapshot.jobs(naming: name, tenant: caller.tenant),
                    messages: try snapshot.joblessMessages(naming: name, tenant: caller.tenant),
                    schedules: try snapshot.schedules(naming: name, tenant: caller.tenant)
                )
            }
        }
        let erasure = try await writer.write { transaction in
            var erasure = AuditErasure()
            erasure.schedules = traces.schedules
            for id in traces.jobs { try Self.erase(id, isDryRun, caller, at: now, in: transaction, &erasure) }
            try Self.eraseWithoutJob(traces, isDryRun, caller, at: now, in: transaction, &erasure)
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

    /// Where a person, or what is about a job, is to be found.
    private struct Traces: Sendable {
        var person: String?
        var jobs: [JobID]
        var messages: [MessageID] = []
        var schedules: [String] = []
    }

    /// What is searched for is an address alone: with a name or brackets around it nothing would be found, and that taken for the
    /// truth.
    private static func checkAddress(_ person: String) throws {
        let parts = person.split(separator: "@", omittingEmptySubsequences: false)
        let isAddress = parts.count == 2 && parts.allSatisfy { !$0.isEmpty }
        guard isAddress, !person.contains(where: { $0.isWhitespace || "<>,;\"".contains($0) }) else {
            throw SchedulerError.member(
                "/person",
                "must be one mail address such as anna@kunde.example, without a name or brackets, is '\(person.prefix(80))'"
            )
        }
    }

    /// Messages about no job, and what is personal in records about none; a hold on everything keeps them.
    private static func eraseWithoutJob(
        _ traces: Traces,
        _ isDryRun: Bool,
        _ caller: Principal,
        at now: Int64,
        in transaction: any StoreTransaction,
        _ erasure: inout AuditErasure
    ) throws {
        guard let person = traces.person else { return }
        guard try !transaction.isHeld(nil, tenant: caller.tenant) else {
            erasure.heldMessages = traces.messages.count
            return
        }
        erasure.messages = traces.messages.count
        guard !isDryRun else { return }
        try transaction.deleteMessages(traces.messages)
        let records = try transaction.destroyJoblessAuditKeys(naming: person, tenant: caller.tenant, at: now)
        guard records > 0 || !traces.messages.isEmpty else { return }
        erasure.records += records
        let messages = JSONValue(traces.messages.count)
        try transaction.append(erased(nil, records, ["messages": messages], caller, at: now))
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
        try transaction.append(erased(id, records, ["job_removed": .bool(job != nil)], caller, at: now))
    }

    private static func erased(
        _ job: JobID?,
        _ records: Int,
        _ more: JSONObject,
        _ caller: Principal,
        at now: Int64
    ) -> AuditEntry {
        AuditEntry(
            tenant: caller.tenant,
            timestamp: now,
            actor: caller.id,
            action: "audit.erased",
            job: job,
            detail: (["records": JSONValue(records)] as JSONObject).merging(more)
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
        let id: JSONObject = ["hold": .string(hold.id)]
        let reason: JSONObject = ["reason": .string(hold.reason)]
        // The detail is kept for good: an address must be among what can be erased.
        let isPersonal = hold.reason.contains("@")
        return AuditEntry(
            tenant: hold.tenant,
            timestamp: now,
            actor: caller.id,
            action: action,
            job: hold.job,
            detail: isPersonal ? id : id.merging(reason),
            personal: isPersonal ? reason : [:]
        )
    }
}
