package import JSON
package import JobModel
package import Security
package import Storage

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

    // MARK: Deeds

    /// Puts on record what somebody did, or was shown, that is no change of the store.
    ///
    /// - Throws: `SchedulerError`.
    package func record(_ action: String, _ detail: JSONObject, by caller: Principal) async throws {
        let now = writer.environment.now()
        try await writer.write { transaction in
            try transaction.append(
                AuditEntry(
                    tenant: caller.tenant,
                    timestamp: now,
                    actor: caller.id,
                    action: action,
                    job: nil,
                    detail: detail
                )
            )
        }
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
