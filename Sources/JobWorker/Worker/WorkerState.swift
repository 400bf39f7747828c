import JobQueue

/// What a worker does next, as a state machine without I/O.
///
/// Leases of jobs that have ended ride with the next claim; when none is about to be made they are given back by themselves.
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
        /// Ask the index for so many jobs, and give these leases back with it.
        case claim(upTo: Int, finishing: [Lease])
        /// Give these leases back.
        case finish([Lease])
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
    private var isFinishing = false
    private var finished: [Lease] = []
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
            let isPausing = claimAt.map { $0 > now } ?? false
            if !isClaiming, jobs < capacity, !isPausing {
                isClaiming = true
                return .claim(upTo: capacity - jobs, finishing: takeFinished())
            }
            return finish() ?? .wait(until: isClaiming || jobs == capacity ? nil : claimAt)
        case .draining:
            if let action = finish() ?? end() { return action }
            guard let handBackAt, handBackAt <= now else { return .wait(until: handBackAt) }
            phase = .handingBack
            return .handBack
        case .handingBack:
            if let action = finish() ?? end() { return action }
            guard let abandonAt, abandonAt <= now else { return .wait(until: abandonAt) }
            phase = .stopped
            return .abandon
        case .stopped:
            return jobs == 0 ? .end : .wait(until: nil)
        }
    }

    private mutating func finish() -> Action? {
        guard !finished.isEmpty, !isFinishing else { return nil }
        isFinishing = true
        return .finish(takeFinished())
    }

    private func end() -> Action? { jobs == 0 && !isClaiming && !isFinishing ? .end : nil }

    private mutating func takeFinished() -> [Lease] {
        defer { finished = [] }
        return finished
    }

    /// A claim gave jobs.
    ///
    /// - Returns: whether they may run; otherwise they go back at once.
    mutating func claimed(_ count: Int) -> Bool {
        isClaiming = false
        claimAt = nil
        jobs += count
        return phase == .claiming
    }

    /// A claim gave nothing, or failed and is tried again later.
    ///
    /// - Parameter unfinished: the leases that should have been given back with it; they go with the next.
    mutating func claimedNothing(nextAt: ContinuousClock.Instant?, unfinished: [Lease] = []) {
        isClaiming = false
        claimAt = nextAt
        finished = unfinished + finished
    }

    /// A job of this worker has ended, one way or another.
    ///
    /// - Parameter lease: its lease, when it is to be given back; nil leaves it to run out.
    mutating func jobEnded(finishing lease: Lease?) {
        precondition(jobs > 0, "Cannot end a job when none runs")
        jobs -= 1
        if let lease { finished.append(lease) }
    }

    /// Leases were given back, or will run out by themselves.
    mutating func gaveBack() { isFinishing = false }

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
