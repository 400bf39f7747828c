import JSON
package import JobModel
package import Security
package import Storage

extension Scheduler {
    /// One job with its steps and files.
    ///
    /// - Throws: `SchedulerError` with `notFound`, also for another tenant's job.
    package func job(_ id: JobID, for caller: Principal) async throws -> JobDetail {
        try await writer.read { try Self.detail(id, caller, in: $0) }
    }

    /// Refuses a job that is not there for the caller.
    ///
    /// - Throws: `SchedulerError` with `notFound`, also for another tenant's job.
    package func requireJob(_ id: JobID, for caller: Principal) async throws {
        try await writer.read { _ = try Self.job(id, caller, in: $0) }
    }

    /// The caller as a worker at a job: of the job's tenant, when it works for all.
    ///
    /// - Throws: `SchedulerError` with `notFound`, also for a job of a tenant it does not work for.
    package func worker(at id: JobID, as caller: Principal) async throws -> Principal {
        try await writer.read { try Self.worker(at: id, caller, in: $0).caller }
    }

    /// The same for who holds the job's lease.
    ///
    /// - Throws: `SchedulerError` with `notFound`, or `staleEpoch` when another one holds it.
    package func holder(
        of id: JobID,
        epoch: Epoch,
        worker: WorkerID,
        as caller: Principal
    ) async throws -> Principal {
        let now = writer.environment.now()
        return try await writer.read { snapshot in
            let (caller, job) = try Self.worker(at: id, caller, in: snapshot)
            try JobChange(job, at: now, by: "worker/\(worker)").check(JobChange.Fence(worker: worker, epoch: epoch))
            return caller
        }
    }

    private static func worker(
        at id: JobID,
        _ caller: Principal,
        in snapshot: any StoreSnapshot
    ) throws -> (caller: Principal, job: JobRecord) {
        guard caller.reach == .all else { return (caller, try job(id, caller, in: snapshot)) }
        guard let job = try snapshot.job(id) else { throw SchedulerError.notFound(id) }
        var caller = caller
        caller.tenant = job.tenant
        return (caller, job)
    }

    /// One job with its steps and files in JSON, which is put together on the store's thread, and only if it has changed since
    /// somebody asked last.
    ///
    /// - Throws: `SchedulerError` with `notFound`, also for another tenant's job.
    package func jobInWords(_ id: JobID, for caller: Principal) async throws -> JobWords {
        let changes = writer.store.changes(of: id)
        if let known = words.words(of: id, at: changes) {
            guard known.tenant == caller.tenant else { throw SchedulerError.notFound(id) }
            return known
        }
        let made = try await writer.read { try JobWords(Self.detail(id, caller, in: $0)) }
        words.keep(made, of: id, at: changes)
        return made
    }

    private static func detail(
        _ id: JobID,
        _ caller: Principal,
        in snapshot: any StoreSnapshot
    ) throws -> JobDetail {
        JobDetail(
            job: try job(id, caller, in: snapshot),
            tasks: try snapshot.tasks(of: id),
            artifacts: try snapshot.artifacts(of: id)
        )
    }

    /// Jobs of the caller's tenant, newest first.
    ///
    /// - Throws: `SchedulerError`.
    package func jobs(_ query: JobQuery, for caller: Principal) async throws -> [JobRecord] {
        var query = query
        query.tenant = caller.tenant
        return try await writer.read { [query] in try $0.jobs(query) }
    }

    /// Durable events of a job after a position, at most `limit`.
    ///
    /// - Throws: `SchedulerError`.
    package func events(of id: JobID, after sequence: Int64, limit: Int = 200, for caller: Principal) async throws
        -> [JobEvent]
    {
        try await writer.read { snapshot in
            _ = try Self.job(id, caller, in: snapshot)
            return try snapshot.events(of: id, after: sequence, limit: min(max(limit, 1), 1_000))
        }
    }

    /// What happens to a job, from after a position on.
    ///
    /// Nothing is read before the first element is asked for; `notFound` and `overloaded` are thrown there.
    package func watch(_ id: JobID, since sequence: Int64 = 0, for caller: Principal) -> JobWatch {
        JobWatch(hub: writer.announcer.progress, writer: writer, job: id, tenant: caller.tenant, since: sequence)
    }

    /// Waits until a job has ended or needs a human, at most `limit`; returns it as it is then.
    ///
    /// - Throws: `SchedulerError`, `CancellationError`.
    package func waitForEnd(of id: JobID, atMost limit: Duration, for caller: Principal) async throws -> JobRecord {
        let watch = watch(id, since: .max, for: caller)
        try await withThrowingTaskGroup { group in
            group.addTask {
                for try await element in watch {
                    switch element {
                    case .hello(let job) where job.state.isTerminal || job.state == .needsReview: return
                    case .event(let event) where event.kind == .end || event.data["state"] == "needs_review": return
                    default: continue
                    }
                }
            }
            group.addTask { try await Task.sleep(for: limit) }
            try await group.next()
            group.cancelAll()
        }
        return try await job(id, for: caller).job
    }

    /// What was done to a job, by whom; also when the job itself is gone, for it was erased or its time to be kept is over.
    ///
    /// - Throws: `SchedulerError` with `notFound`.
    package func audit(of id: JobID, limit: Int = 1_000, for caller: Principal) async throws -> [AuditRecord] {
        try await writer.read { snapshot in
            let records = try snapshot.audit(about: id, limit: limit)
            // The record of another tenant's job must look like none.
            guard try snapshot.job(id)?.tenant ?? records.first?.tenant == caller.tenant else {
                throw SchedulerError.notFound(id)
            }
            return records.filter { $0.tenant == caller.tenant }
        }
    }

    /// The tenant's audit after a position.
    ///
    /// - Throws: `SchedulerError`.
    package func audit(after sequence: Int64, limit: Int, for caller: Principal) async throws -> [AuditRecord] {
        try await writer.read { try $0.audit(of: caller.tenant, after: sequence, limit: min(max(limit, 1), 1_000)) }
    }

    /// Verifies the tenant's whole audit chain, and that what is sealed in it can be read and found.
    ///
    /// - Returns: the number of records and the head of the chain.
    /// - Throws: `AuditChain.Break` that names the first record that does not fit; `SchedulerError`.
    package func verifyAudit(for caller: Principal) async throws -> (records: Int64, head: [UInt8]) {
        var verifier = AuditChain.Verifier()
        var sealed = AuditChain.SealedRecords()
        var last: Int64 = 0
        while true {
            let after = last
            let page = try await writer.read { try $0.auditPage(of: caller.tenant, after: after, limit: 1_000) }
            for record in page.records { try verifier.take(record) }
            sealed.take(page)
            guard let record = page.records.last else { break }
            last = record.sequence
        }
        try verifier.finish()
        sealed.unreadable = try await writer.read { try $0.unreadableRecord(of: caller.tenant) }
        try sealed.finish()
        return (last, verifier.head)
    }

    static func job(_ id: JobID, _ caller: Principal, in snapshot: any StoreSnapshot) throws -> JobRecord {
        guard let job = try snapshot.job(id), job.tenant == caller.tenant else { throw SchedulerError.notFound(id) }
        return job
    }
}
