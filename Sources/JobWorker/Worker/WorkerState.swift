import JobQueue

/// What a worker does next, as a state machine without I/O.
///
/// Leases of jobs that have ended ride with the next claim; when none is about to be made they are given back by themselves.
/// A job whose end is on its way to the scheduler needs no place any more: the next one begins meanwhile. As many jobs as there
/// are places may be on that way, so that a scheduler that does not answer stops the claims.
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
    /// Jobs at work.
    private(set) var jobs = 0
    /// Jobs that are over, whose end the scheduler has not taken yet.
    private(set) var reporting = 0
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
            if !isClaiming, room > 0, !isPausing {
                isClaiming = true
                return .claim(upTo: room, finishing: takeFinished())
            }
            return finish() ?? .wait(until: isClaiming || room == 0 ? nil : claimAt)
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
            return held == 0 ? .end : .wait(until: nil)
        }
    }

    /// Jobs that may be claimed.
    private var room: Int { min(capacity - jobs, 2 * capacity - held) }

    /// Leases held for a job, at work or not.
    private var held: Int { jobs + reporting }

    private mutating func finish() -> Action? {
        guard !finished.isEmpty, !isFinishing else { return nil }
        isFinishing = true
        return .finish(takeFinished())
    }

    private func end() -> Action? { held == 0 && !isClaiming && !isFinishing ? .end : nil }

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

    /// A job is over, and nothing of it uses the worker any more; the scheduler is about to be told.
    mutating func jobReports() {
        precondition(jobs > 0, "Cannot report a job when none runs")
        jobs -= 1
        reporting += 1
    }

    /// A job of this worker has ended, one way or another.
    ///
    /// - Parameters:
    ///   - lease: its lease, when it is to be given back; nil leaves it to run out.
    ///   - hasReported: whether `jobReports` came before; it does not when the job was not agreed to.
    mutating func jobEnded(finishing lease: Lease?, hasReported: Bool) {
        if hasReported { reporting -= 1 } else { jobs -= 1 }
        precondition(jobs >= 0 && reporting >= 0, "Cannot end a job when none runs")
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
