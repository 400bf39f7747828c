package import JobModel

/// Who may run what next: leases with epochs over the jobs that SQL calls `pending` or `scheduled`.
///
/// An index, not the truth: everything in it can be rebuilt from SQL, and a claim is only a candidate until the scheduler
/// agrees to its epoch. Every operation is bounded and safe to repeat after a lost reply. One conformance suite runs on the
/// in-memory and the Redis implementation.
package protocol DispatchIndex: Sendable {
    /// Makes jobs claimable, now or at `notBefore`.
    ///
    /// Idempotent by job: an entry that exists is replaced unless it is leased under an epoch above `epochFloor`.
    func enqueue(_ entries: [DispatchEntry]) async throws

    /// Takes the lease of the best claimable job this worker can run.
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

    /// Renews leases and brings back what the scheduler wants of them.
    ///
    /// - Returns: one reply a lease, in the order asked.
    func heartbeat(_ leases: [Lease], lease: Duration) async throws -> [HeartbeatReply]

    /// Ends a lease after the scheduler acknowledged `done`, `failure` or `refuse`; the job leaves the index.
    ///
    /// - Returns: false when the lease was no longer held; nothing was changed then.
    @discardableResult
    func finish(_ lease: Lease) async throws -> Bool

    /// Takes a job out of the index whatever its state there.
    func remove(_ job: JobID) async throws

    /// Tells the worker that holds the lease to stop; also pushed to `cancellations`.
    func requestCancel(_ job: JobID) async throws

    /// Leases whose time is over; they stay unclaimable until the scheduler enqueues or removes the job.
    func expired(limit: Int) async throws -> [Lease]

    /// Ids of jobs for which a cancel was requested, pushed as it happens; may miss some, the heartbeat catches up.
    func cancellations() async throws -> AsyncStream<JobID>

    /// How many jobs are ready, delayed and leased.
    func depth() async throws -> DispatchDepth

    /// Which of these jobs the index does not know; the reconciler asks.
    func missing(among jobs: [JobID]) async throws -> [JobID]
}

/// What the index knows of a job.
package struct DispatchEntry: Sendable, Hashable {
    /// The job.
    package var job: JobID
    /// Its tenant.
    package var tenant: TenantID
    /// Higher runs first; ages, so nothing starves. -100…100, default 0.
    package var priority: Int
    /// Milliseconds since 1970 before which it is not claimable; nil for now.
    package var notBefore: Int64?
    /// Epochs given out must be above this: SQL's epoch of the job.
    package var epochFloor: Epoch
    /// Actions a worker must offer.
    package var needs: Set<String>

    /// An entry.
    package init(
        job: JobID,
        tenant: TenantID,
        priority: Int = 0,
        notBefore: Int64? = nil,
        epochFloor: Epoch,
        needs: Set<String> = []
    ) {
        self.job = job
        self.tenant = tenant
        self.priority = priority
        self.notBefore = notBefore
        self.epochFloor = epochFloor
        self.needs = needs
    }
}

/// A claimed job: who holds it under which epoch.
package struct Lease: Sendable, Hashable {
    package var job: JobID
    package var tenant: TenantID
    package var worker: WorkerID
    package var epoch: Epoch

    /// A lease.
    package init(job: JobID, tenant: TenantID, worker: WorkerID, epoch: Epoch) {
        self.job = job
        self.tenant = tenant
        self.worker = worker
        self.epoch = epoch
    }
}

/// What a heartbeat brings back for one lease.
package enum HeartbeatReply: Sendable, Hashable {
    /// Renewed.
    case held
    /// Renewed, but the job should stop.
    case cancel
    /// Someone else holds it, or nobody: stop at once, write nothing more.
    case lost
}

/// Numbers of jobs in the index.
package struct DispatchDepth: Sendable, Hashable {
    package var ready: Int
    package var delayed: Int
    package var leased: Int

    /// Numbers.
    package init(ready: Int, delayed: Int, leased: Int) {
        self.ready = ready
        self.delayed = delayed
        self.leased = leased
    }
}
