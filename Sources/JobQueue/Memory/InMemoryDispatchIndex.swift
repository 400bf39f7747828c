package import JobModel

/// The dispatch index of one process: what `cpa run` uses, and the reference for the Redis one.
///
/// Forgets everything with the process, which is safe: the scheduler fills it again from SQL.
package actor InMemoryDispatchIndex: DispatchIndex {
    private let clock: DispatchClock
    private var table = DispatchTable()
    private var waiting: [UInt64: CheckedContinuation<Void, Never>] = [:]
    private var listeners: [UInt64: AsyncStream<JobID>.Continuation] = [:]
    private var lastID: UInt64 = 0
    /// Counts what may let a claim succeed, so that one between a claim and its wait is not slept through.
    private var changes = 0

    /// An empty index.
    package init(clock: DispatchClock = .system) { self.clock = clock }

    package func enqueue(_ entries: [DispatchEntry]) {
        for entry in entries { table.enqueue(entry, now: clock.now()) }
        changed()
    }

    package func apply(_ policy: DispatchPolicy) {
        table.policy = policy
        changed()
    }

    package func standing(of job: JobID) -> DispatchStanding? { table.standing(of: job, now: clock.now()) }

    package func claim(
        worker: WorkerID,
        capabilities: Set<String>,
        lease: Duration,
        wait: Duration
    ) async throws -> Lease? {
        let deadline = clock.now() + wait.milliseconds
        while true {
            try Task.checkCancellation()
            let now = clock.now()
            if let claimed = table.claim(worker: worker, capabilities: capabilities, lease: lease, now: now) {
                return claimed
            }
            guard now < deadline else { return nil }
            let until = min(deadline, max(table.nextDue(now) ?? .max, now + 1))
            await waitForChange(since: changes, atMost: .milliseconds(until - now))
        }
    }

    package func heartbeat(_ leases: [Lease], lease: Duration) -> [HeartbeatReply] {
        leases.map { table.heartbeat($0, for: lease, now: clock.now()) }
    }

    @discardableResult
    package func finish(_ lease: Lease) -> Bool {
        // Its tenant may have another one now.
        defer { changed() }
        return table.finish(lease)
    }

    package func remove(_ job: JobID) {
        table.remove(job)
        changed()
    }

    package func requestCancel(_ job: JobID) {
        table.requestCancel(job)
        for listener in listeners.values { listener.yield(job) }
    }

    package func expired(limit: Int) -> [Lease] { table.expired(limit: limit, now: clock.now()) }

    package func cancellations() -> AsyncStream<JobID> {
        lastID += 1
        let id = lastID
        let (stream, continuation) = AsyncStream.makeStream(of: JobID.self, bufferingPolicy: .bufferingNewest(1024))
        listeners[id] = continuation
        continuation.onTermination = { [weak self] _ in
            // Not structured: the stream may end anywhere. Ends at once.
            Task { await self?.forgetListener(id) }
        }
        return stream
    }

    package func depth() -> DispatchDepth { table.depth }

    package func missing(among jobs: [JobID]) -> [JobID] { jobs.filter { !table.knows($0) } }

    private func forgetListener(_ id: UInt64) { listeners[id] = nil }

    // MARK: Waiting

    /// Lets every waiting claim look again.
    private func changed() {
        changes += 1
        let waiting = waiting
        self.waiting = [:]
        for continuation in waiting.values { continuation.resume() }
    }

    /// Returns when something changed, the time is over, or the task was cancelled.
    private func waitForChange(since seen: Int, atMost limit: Duration) async {
        lastID += 1
        let id = lastID
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.waitForEnqueue(id, since: seen) }
            group.addTask { [clock] in try? await clock.sleep(limit) }
            await group.next()
            group.cancelAll()
        }
    }

    private func waitForEnqueue(_ id: UInt64, since seen: Int) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if Task.isCancelled || changes != seen { continuation.resume() } else { waiting[id] = continuation }
            }
        } onCancel: {
            // Not structured: a cancellation handler cannot wait. Ends at once.
            Task { await self.wake(id) }
        }
    }

    private func wake(_ id: UInt64) { waiting.removeValue(forKey: id)?.resume() }
}
