/// What a worker does next, as a state machine without I/O.
struct WorkerState {
    /// Where a worker stands.
    enum Phase: Hashable {
        /// Claims jobs while it has room. Can transition to `draining`, `stopped`.
        case claiming
        /// Claims nothing; its jobs go on. Can transition to `handingBack`, `stopped`.
        case draining
        /// Its jobs are told to stop and go back. Can transition to `stopped`.
        case handingBack
        /// Its jobs are abandoned. The end.
        case stopped
    }

    /// What the shell does.
    enum Action: Hashable {
        /// Nothing but to wait for the next change, until then at the latest.
        case wait(until: ContinuousClock.Instant?)
        /// Ask the index for a job.
        case claim
        /// Tell every job to stop and hand itself back.
        case handBack
        /// Tell every job that its lease is lost.
        case abandon
        /// The worker has ended.
        case end
    }

    private let capacity: Int
    private let drainLimit: Duration
    private let handBackLimit: Duration

    private(set) var phase = Phase.claiming
    private(set) var jobs = 0
    private var isClaiming = false
    private var claimAt: ContinuousClock.Instant?
    private var handBackAt: ContinuousClock.Instant?
    private var abandonAt: ContinuousClock.Instant?

    init(capacity: Int, drainLimit: Duration, handBackLimit: Duration) {
        precondition(handBackLimit <= drainLimit, "Cannot keep more time for handing back than there is")
        self.capacity = capacity
        self.drainLimit = drainLimit
        self.handBackLimit = handBackLimit
    }

    /// What to do now; asked again after every event and when its time has come.
    mutating func next(at now: ContinuousClock.Instant) -> Action {
        switch phase {
        case .claiming:
            guard !isClaiming, jobs < capacity else { return .wait(until: nil) }
            if let claimAt, claimAt > now { return .wait(until: claimAt) }
            isClaiming = true
            return .claim
        case .draining:
            if jobs == 0, !isClaiming { return .end }
            guard let handBackAt, handBackAt <= now else { return .wait(until: handBackAt) }
            phase = .handingBack
            return .handBack
        case .handingBack:
            if jobs == 0, !isClaiming { return .end }
            guard let abandonAt, abandonAt <= now else { return .wait(until: abandonAt) }
            phase = .stopped
            return .abandon
        case .stopped:
            return jobs == 0 ? .end : .wait(until: nil)
        }
    }

    /// A claim gave a job.
    ///
    /// - Returns: whether the job may run; otherwise it goes back at once.
    mutating func claimed() -> Bool {
        isClaiming = false
        claimAt = nil
        jobs += 1
        return phase == .claiming
    }

    /// A claim gave nothing, or failed and is tried again later.
    mutating func claimedNothing(nextAt: ContinuousClock.Instant?) {
        isClaiming = false
        claimAt = nextAt
    }

    /// A job of this worker has ended, one way or another.
    mutating func jobEnded() {
        precondition(jobs > 0, "Cannot end a job when none runs")
        jobs -= 1
    }

    /// First signal: finish what runs, hand back what takes too long.
    mutating func drain(at now: ContinuousClock.Instant) {
        guard phase == .claiming else { return }
        phase = .draining
        handBackAt = now + drainLimit - handBackLimit
        abandonAt = now + drainLimit
    }

    /// Second signal: end now.
    ///
    /// - Returns: whether the jobs must be told; false when they were already.
    mutating func stop() -> Bool {
        defer { phase = .stopped }
        return phase != .stopped
    }
}
