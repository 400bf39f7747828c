package import JobModel

/// Who may run what next: leases with epochs over the jobs that SQL calls `pending` or `scheduled`.
///
/// An index, not the truth: everything in it can be rebuilt from SQL, and a claim is only a candidate until the scheduler
/// agrees to its epoch. Every operation is bounded and safe to repeat after a lost reply. One conformance suite runs on the
/// in-memory and the Redis implementation.
package protocol DispatchIndex: Sendable {
    /// Makes jobs claimable, now or at `notBefore`.
    ///
    /// Idempotent by job: an entry that exists is replaced unless it is leased, in time, under an epoch above `epochFloor`. One
    /// that already waits under the same terms keeps its place.
    func enqueue(_ entries: [DispatchEntry]) async throws

    /// Takes the lease of the best claimable job this worker can run, of the tenant whose turn it is.
    ///
    /// - Parameters:
    ///   - capabilities: actions the worker offers; a job is given only to a worker that has all it needs.
    ///   - lease: how long the lease lasts without a heartbeat.
    ///   - wait: how long to wait for a job to appear; returns nil after that.
    func claim(
        worker: WorkerID,
        capabilities: Set<String>,
        lease: Duration,
        wait: Duration
    ) async throws -> Lease?

    /// Takes several leases in one step, in the order in which so many claims would get them.
    ///
    /// - Parameters:
    ///   - count: leases at most; take no more than can begin at once, for what waits in one worker another could run.
    ///   - wait: how long to wait for the first job to appear.
    /// - Returns: as many as there were, empty when the time is over.
    func claim(
        upTo count: Int,
        worker: WorkerID,
        capabilities: Set<String>,
        lease: Duration,
        wait: Duration
    ) async throws -> [Lease]

    /// Renews leases and brings back what the scheduler wants of them.
    ///
    /// - Returns: one reply a lease, in the order asked.
    func heartbeat(_ leases: [Lease], lease: Duration) async throws -> [HeartbeatReply]

    /// Ends a lease after the scheduler acknowledged `done`, `failure` or `refuse`; the job leaves the index.
    ///
    /// - Returns: false when the lease was no longer held; nothing was changed then.
    @discardableResult
    func finish(_ lease: Lease) async throws -> Bool

    /// Ends leases of one worker and takes others in one step; does not wait for a job to appear.
    ///
    /// - Returns: what `finish` would say of each, and what `claim` would give.
    func finish(
        _ finished: [Lease],
        andClaimUpTo count: Int,
        worker: WorkerID,
        capabilities: Set<String>,
        lease: Duration
    ) async throws -> (areFinished: [Bool], claimed: [Lease])

    /// Takes a job out of the index whatever its state there.
    func remove(_ job: JobID) async throws

    /// Takes jobs out of the index whatever their state there.
    func remove(_ jobs: [JobID]) async throws

    /// Tells the worker that holds the lease to stop; also pushed to `cancellations`.
    func requestCancel(_ job: JobID) async throws

    /// Leases whose time is over; they are lost for their workers from this call on.
    ///
    /// They stay unclaimable, and are listed again by the next call, until the scheduler enqueues or removes the job.
    func expired(limit: Int) async throws -> [Lease]

    /// The clock leases end by, milliseconds since 1970; nil when that is this process' own.
    func now() async throws -> Int64?

    /// Ids of jobs for which a cancel was requested, pushed as it happens; may miss some, the heartbeat catches up.
    func cancellations() async throws -> AsyncStream<JobID>

    /// How many jobs are in which state.
    func depth() async throws -> DispatchDepth

    /// Throws why the index would take no job now: it is away, without memory, or takes no writes. Changes nothing.
    func tryWrite() async throws

    /// Replaces who may be served how much; the scheduler says it again whenever the index may have forgotten it.
    func apply(_ policy: DispatchPolicy) async throws

    /// Where a job stands; nil when the index does not know it.
    func standing(of job: JobID) async throws -> DispatchStanding?

    /// Which of these jobs the index does not know; the reconciler asks.
    func missing(among jobs: [JobID]) async throws -> [JobID]

    /// Forgets a queue that nobody asks any more, with the last jobs that may be in it.
    ///
    /// What one claim remembers for its repetition goes by itself, some seconds later.
    func erase(_ jobs: [JobID]) async throws

    /// Gives back what it holds on its loop; nothing else may be asked afterwards.
    func close() async
}

extension DispatchIndex {
    /// Nothing is held unless an implementation says so.
    package func close() async {}

    /// The process' own unless an implementation says otherwise.
    package func now() async throws -> Int64? { nil }

    /// Nothing outlives the index unless an implementation says so.
    package func erase(_ jobs: [JobID]) async throws {}

    /// Takes every job unless an implementation says otherwise.
    package func tryWrite() async throws {}

    package func claim(
        upTo count: Int,
        worker: WorkerID,
        capabilities: Set<String>,
        lease: Duration,
        wait: Duration
    ) async throws -> [Lease] {
        var claimed: [Lease] = []
        while claimed.count < count {
            let wait = claimed.isEmpty ? wait : .zero
            let next = try await claim(worker: worker, capabilities: capabilities, lease: lease, wait: wait)
            guard let next else { break }
            claimed.append(next)
        }
        return claimed
    }

    package func finish(
        _ finished: [Lease],
        andClaimUpTo count: Int,
        worker: WorkerID,
        capabilities: Set<String>,
        lease: Duration
    ) async throws -> (areFinished: [Bool], claimed: [Lease]) {
        var areFinished: [Bool] = []
        for lease in finished { areFinished.append(try await finish(lease)) }
        let claimed = try await claim(
            upTo: count,
            worker: worker,
            capabilities: capabilities,
            lease: lease,
            wait: .zero
        )
        return (areFinished, claimed)
    }

    package func remove(_ jobs: [JobID]) async throws { for job in jobs { try await remove(job) } }
}
