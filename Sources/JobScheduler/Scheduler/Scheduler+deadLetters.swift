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
    ///   - isFresh: whether what they did and made is forgotten, so that even mails go out again.
    ///   - isDryRun: whether only what would happen is told.
    /// - Throws: `SchedulerError`; those before the failing batch are done then.
    package func requeue(
        _ selection: DeadLetterSelection,
        isFresh: Bool = false,
        isDryRun: Bool = false,
        as caller: Principal
    ) async throws -> DeadLetterResult {
        let announcer = writer.announcer
        let order = Order(action: "dead_letters.requeued", isDryRun: isDryRun, caller: caller) { change, snapshot in
            try change.retry(isFresh: isFresh)
            try change.checkUniqueKey(in: snapshot)
            if isFresh { try change.checkHold(in: snapshot) }
            guard let transaction = snapshot as? any StoreTransaction else { return }
            if isFresh { try transaction.forgetRun(of: change.job.id, at: change.now) }
            try change.save(in: transaction, announcing: announcer)
        }
        return try await perform(order, on: selection)
    }

    /// Removes dead letters with all they left behind; the audit keeps that they were there.
    ///
    /// - Throws: as `requeue`.
    package func purge(
        _ selection: DeadLetterSelection,
        isDryRun: Bool = false,
        as caller: Principal
    ) async throws -> DeadLetterResult {
        let order = Order(action: "dead_letters.purged", isDryRun: isDryRun, caller: caller) { change, snapshot in
            try change.checkHold(in: snapshot)
            guard let transaction = snapshot as? any StoreTransaction else { return }
            try transaction.append(change.purged())
            try transaction.deleteJob(change.job.id, at: change.now)
        }
        return try await perform(order, on: selection)
    }

    // MARK: Parts

    /// What is done with dead letters.
    private struct Order: Sendable {
        let action: String
        let isDryRun: Bool
        let caller: Principal
        /// Does it with one; a dry run gives a snapshot instead of a transaction, so it follows the same rules.
        let body: @Sendable (inout JobChange, any StoreSnapshot) throws -> Void
    }

    /// What was done so far.
    private struct Progress: Sendable {
        var result = DeadLetterResult()
        /// Unique keys that jobs of a dry run would hold now; nothing of it is written, so the store cannot tell.
        var keys: [String: JobID] = [:]
    }

    private func perform(_ order: Order, on selection: DeadLetterSelection) async throws -> DeadLetterResult {
        var progress = Progress()
        switch selection {
        case .jobs(let jobs):
            guard jobs.count <= Self.deadLetterLimit else {
                throw SchedulerError(.invalidInput, "At most \(Self.deadLetterLimit) jobs can be named in one call")
            }
            var seen: Set<JobID> = []
            var rest = jobs.filter { seen.insert($0).inserted }[...]
            while !rest.isEmpty {
                progress = try await perform(order, on: Array(rest.prefix(Self.batch)), after: progress)
                rest = rest.dropFirst(Self.batch)
            }
        case .filter(let filter, let limit):
            let limit = min(max(limit, 1), Self.deadLetterLimit)
            var last: JobID?
            // Those it cannot be done with do not count: they would stand before the others for ever.
            repeat {
                let size = min(limit - progress.result.jobs.count, Self.batch)
                // One more than wanted shows whether that was all.
                let found = try await deadLetters(filter, after: last, limit: size + 1, for: order.caller).map(\.id)
                let page = Array(found.prefix(size))
                progress = try await perform(order, on: page, after: progress)
                progress.result.hasMore = found.count > size
                last = page.last
            } while progress.result.hasMore && progress.result.jobs.count < limit
                && progress.result.refused.count < Self.deadLetterLimit
        }
        return progress.result
    }

    private func perform(_ order: Order, on jobs: [JobID], after progress: Progress) async throws -> Progress {
        let now = writer.environment.now()
        guard !order.isDryRun else {
            return try await writer.read { try Self.each(jobs, order, at: now, in: $0, after: progress) }
        }
        return try await writer.write { transaction in
            let new = try Self.each(jobs, order, at: now, in: transaction, after: progress)
            let done = new.result.jobs.dropFirst(progress.result.jobs.count)
            guard !done.isEmpty else { return new }
            try transaction.append(
                AuditEntry(
                    tenant: order.caller.tenant,
                    timestamp: now,
                    actor: order.caller.id,
                    action: order.action,
                    job: nil,
                    detail: ["jobs": .array(done.map { .string($0.rawValue) })]
                )
            )
            return new
        }
    }

    private static func each(
        _ jobs: [JobID],
        _ order: Order,
        at now: Int64,
        in snapshot: any StoreSnapshot,
        after progress: Progress
    ) throws -> Progress {
        var progress = progress
        for id in jobs {
            do {
                let job = try job(id, order.caller, in: snapshot)
                guard DeadLetterFilter.states.contains(job.state) else {
                    throw SchedulerError(.conflict, "Job \(id) is \(job.state.rawValue): it is no dead letter")
                }
                var change = JobChange(job, at: now, by: order.caller.id)
                try order.body(&change, snapshot)
                if order.isDryRun, !change.job.state.isTerminal, let key = change.job.uniqueKey {
                    if let holder = progress.keys[key] { throw change.keyIsHeld(by: holder, change.job.state) }
                    progress.keys[key] = id
                }
                progress.result.jobs.append(id)
            } catch let error as SchedulerError where error.code == .conflict || error.code == .notFound {
                progress.result.refused.append(DeadLetterResult.Refusal(job: id, error: error))
            }
        }
        return progress
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
