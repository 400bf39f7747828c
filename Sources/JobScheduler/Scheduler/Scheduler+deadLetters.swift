import JSON
package import JobModel
package import Security
package import Storage

extension Scheduler {
    /// Jobs one call takes at most.
    package static let deadLetterLimit = 10_000
    /// Jobs of one transaction: others must get in between.
    private static let batch = 100

    /// Dead letters of the caller's tenant, newest first.
    ///
    /// - Throws: `SchedulerError`.
    package func deadLetters(
        _ filter: DeadLetterFilter,
        after job: JobID? = nil,
        limit: Int,
        for caller: Principal
    ) async throws -> [JobRecord] {
        try await jobs(query(filter, after: job, limit: limit, caller), for: caller)
    }

    /// Runs dead letters again, as `retry` would each of them.
    ///
    /// - Parameters:
    ///   - isFresh: whether what they did is forgotten, so that even mails go out again.
    ///   - isDryRun: whether only what would happen is told.
    /// - Throws: `SchedulerError`; those before the failing batch are done then.
    package func requeue(
        _ selection: DeadLetterSelection,
        isFresh: Bool = false,
        isDryRun: Bool = false,
        as caller: Principal
    ) async throws -> DeadLetterResult {
        let announcer = writer.announcer
        return try await perform("dead_letters.requeued", selection, isDryRun: isDryRun, caller) { change, snapshot in
            try change.retry(isFresh: isFresh)
            try change.checkUniqueKey(in: snapshot)
            guard let transaction = snapshot as? any StoreTransaction else { return }
            if isFresh { try transaction.deleteTasks(of: change.job.id) }
            try change.save(in: transaction, announcing: announcer)
        }
    }

    /// Removes dead letters with all they left behind; the audit keeps that they were there.
    ///
    /// - Throws: as `requeue`.
    package func purge(
        _ selection: DeadLetterSelection,
        isDryRun: Bool = false,
        as caller: Principal
    ) async throws -> DeadLetterResult {
        try await perform("dead_letters.purged", selection, isDryRun: isDryRun, caller) { change, snapshot in
            guard let transaction = snapshot as? any StoreTransaction else { return }
            guard try !transaction.isHeld(change.job.id, tenant: change.job.tenant) else {
                throw SchedulerError(.conflict, "A legal hold keeps job \(change.job.id)")
            }
            try transaction.append(change.purged())
            try transaction.deleteJob(change.job.id, at: change.now)
        }
    }

    // MARK: Parts

    /// Does something with each job; a dry run gets a snapshot instead of a transaction, so it follows the same rules.
    private func perform(
        _ action: String,
        _ selection: DeadLetterSelection,
        isDryRun: Bool,
        _ caller: Principal,
        _ body: @escaping @Sendable (inout JobChange, any StoreSnapshot) throws -> Void
    ) async throws -> DeadLetterResult {
        var (jobs, result) = try await select(selection, caller)
        while !jobs.isEmpty {
            let batch = Array(jobs.prefix(Self.batch))
            jobs.removeFirst(batch.count)
            let now = writer.environment.now()
            let part =
                if isDryRun {
                    try await writer.read { snapshot in
                        try Self.each(batch, of: caller, at: now, in: snapshot) { try body(&$0, snapshot) }
                    }
                } else {
                    try await writer.write { transaction in
                        let part = try Self.each(batch, of: caller, at: now, in: transaction) {
                            try body(&$0, transaction)
                        }
                        guard !part.jobs.isEmpty else { return part }
                        try transaction.append(
                            AuditEntry(
                                tenant: caller.tenant,
                                timestamp: now,
                                actor: caller.id,
                                action: action,
                                job: nil,
                                detail: ["jobs": .array(part.jobs.map { .string($0.rawValue) })]
                            )
                        )
                        return part
                    }
                }
            result.jobs += part.jobs
            result.refused += part.refused
        }
        return result
    }

    private func select(
        _ selection: DeadLetterSelection,
        _ caller: Principal
    ) async throws -> (jobs: [JobID], result: DeadLetterResult) {
        var result = DeadLetterResult()
        switch selection {
        case .jobs(let jobs):
            guard jobs.count <= Self.deadLetterLimit else {
                throw SchedulerError(.invalidInput, "At most \(Self.deadLetterLimit) jobs can be named in one call")
            }
            return (jobs, result)
        case .filter(let filter, let limit):
            var found: [JobID] = []
            let limit = min(max(limit, 1), Self.deadLetterLimit)
            // One more than wanted shows whether that was all.
            while found.count <= limit {
                let size = min(limit + 1 - found.count, 500)
                let page = try await deadLetters(filter, after: found.last, limit: size, for: caller)
                found += page.map(\.id)
                if page.count < size { break }
            }
            result.hasMore = found.count > limit
            return (Array(found.prefix(limit)), result)
        }
    }

    private static func each(
        _ jobs: [JobID],
        of caller: Principal,
        at now: Int64,
        in snapshot: any StoreSnapshot,
        _ body: (inout JobChange) throws -> Void
    ) throws -> DeadLetterResult {
        var result = DeadLetterResult()
        for id in jobs {
            do {
                let job = try job(id, caller, in: snapshot)
                guard DeadLetterFilter.states.contains(job.state) else {
                    throw SchedulerError(.conflict, "Job \(id) is \(job.state.rawValue): it is no dead letter")
                }
                var change = JobChange(job, at: now, by: caller.id)
                try body(&change)
                result.jobs.append(id)
            } catch let error as SchedulerError where error.code == .conflict || error.code == .notFound {
                result.refused.append(DeadLetterResult.Refusal(job: id, error: error))
            }
        }
        return result
    }

    private func query(
        _ filter: DeadLetterFilter,
        after job: JobID?,
        limit: Int,
        _ caller: Principal
    ) -> JobQuery {
        let now = writer.environment.now()
        var query = JobQuery(tenant: caller.tenant, after: job, limit: limit)
        query.ended = JobQuery.Ended(
            states: filter.states.intersection(DeadLetterFilter.states),
            reasons: filter.reasons,
            intent: filter.intent,
            name: filter.name,
            after: filter.newerThan.map { now - $0 },
            before: filter.olderThan.map { now - $0 }
        )
        return query
    }
}
