import JobQueue

/// What a worker does next, as a state machine without I/O.
///
/// Leases of jobs that have ended ride with the next claim; when none is about to be made they are given back by themselves.
/// A job needs a place only while it is at work. Before, while its `agree` is on its way, some more may be claimed than there
/// are places (`LookAhead`); after, while its end is on its way, the next one begins. As many as may be claimed may be on that
/// last way, so that a scheduler that does not answer stops the claims.
///
/// Nothing is claimed before the scheduler has answered once, nor after a lease was given up because it did not, or because
/// renewals were not answered, until both are again: what a worker cannot begin, or not keep, another could.
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
        /// Ask whether the scheduler is there, and renewals are answered.
        case probe
        /// Ask the index for so many jobs, and give these leases back with it.
        case claim(upTo: Int, finishing: [Lease])
        /// There is a place for this job now.
        case begin(Lease)
        /// There was no place for this job for too long: tell it to hand itself back.
        case handBackWaiting(Lease)
        /// Give these leases back.
        case finish([Lease])
        /// Tell every job to stop and hand itself back.
        case handBack
        /// Tell every job that its lease is lost.
        case abandon
        /// The worker has ended.
        case end
    }

    /// How long a job that was agreed to waits for a place; jobs are not as short then as they were.
    static let placeLimit = Duration.seconds(1)

    private let capacity: Int
    private let drainLimit: Duration
    private let handBackLimit: Duration

    private(set) var phase = Phase.claiming
    private var lookAhead: LookAhead
    /// Claimed, and the scheduler has not answered their `agree` yet: since when.
    private var coming: [Lease: ContinuousClock.Instant] = [:]
    /// Agreed to, without a place yet, the longest first: until when they wait.
    private var waiting: [(lease: Lease, until: ContinuousClock.Instant)] = []
    /// At work: since when.
    private var working: [Lease: ContinuousClock.Instant] = [:]
    /// Over; the scheduler has not taken their end yet.
    private var reporting: Set<Lease> = []
    /// Whether scheduler and renewals are answered, as far as is known.
    private var isHeard: Bool
    /// A claim or a probe is under way.
    private var isAsking = false
    private var isFinishing = false
    private var finished: [Lease] = []
    private var claimAt: ContinuousClock.Instant?
    private var handBackAt: ContinuousClock.Instant?
    private var abandonAt: ContinuousClock.Instant?

    /// - Parameter isHeard: whether scheduler and renewals are answered; otherwise that is asked before the first claim.
    init(capacity: Int, drainLimit: Duration, handBackLimit: Duration, isHeard: Bool = true) {
        precondition(handBackLimit <= drainLimit, "Cannot keep more time for handing back than there is")
        self.capacity = capacity
        self.drainLimit = drainLimit
        self.handBackLimit = handBackLimit
        self.isHeard = isHeard
        lookAhead = LookAhead(places: capacity)
    }

    /// What to do now; asked again after every event and when its time has come.
    mutating func next(at now: ContinuousClock.Instant) -> Action {
        switch phase {
        case .claiming:
            if let action = seat(at: now) { return action }
            let (room, isPausing) = (room, claimAt.map { $0 > now } ?? false)
            if !isAsking, room > 0, !isPausing {
                isAsking = true
                return !isHeard ? .probe : .claim(upTo: room, finishing: takeFinished())
            }
            return finish() ?? wait(until: isAsking || room <= 0 ? nil : claimAt)
        case .draining:
            if let action = seat(at: now) ?? finish() ?? end() { return action }
            guard let handBackAt, handBackAt <= now else { return wait(until: handBackAt) }
            phase = .handingBack
            seatAll(at: now)
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

    /// Jobs claimed that are not over.
    var jobs: Int { coming.count + waiting.count + working.count }

    /// Jobs that may be claimed.
    private var room: Int {
        let most = capacity + lookAhead.count
        return min(most - jobs, 2 * most - held)
    }

    /// Leases held for a job, at work or not.
    private var held: Int { jobs + reporting.count }

    private func wait(until time: ContinuousClock.Instant?) -> Action {
        .wait(until: [time, waiting.first?.until].compactMap { $0 }.min())
    }

    /// What becomes of the job that waits longest for a place.
    private mutating func seat(at now: ContinuousClock.Instant) -> Action? {
        let hasPlace = working.count < capacity
        guard let (lease, until) = waiting.first, hasPlace || until <= now else { return nil }
        waiting.removeFirst()
        if !hasPlace { lookAhead.kept(for: Self.placeLimit) }
        working[lease] = now
        return hasPlace ? .begin(lease) : .handBackWaiting(lease)
    }

    /// All are told to stop: none waits for a place to hear it.
    private mutating func seatAll(at now: ContinuousClock.Instant) {
        for (lease, _) in waiting { working[lease] = now }
        waiting = []
    }

    private mutating func finish() -> Action? {
        guard !finished.isEmpty, !isFinishing else { return nil }
        isFinishing = true
        return .finish(takeFinished())
    }

    private func end() -> Action? { held == 0 && !isAsking && !isFinishing ? .end : nil }

    private mutating func takeFinished() -> [Lease] {
        defer { finished = [] }
        return finished
    }

    /// A claim gave jobs.
    ///
    /// - Returns: whether they may run; otherwise they go back at once.
    mutating func claimed(_ leases: [Lease], at now: ContinuousClock.Instant) -> Bool {
        isAsking = false
        claimAt = nil
        for lease in leases { coming[lease] = now }
        return phase == .claiming
    }

    /// Whether this lease is held for a job that has not ended.
    func holds(_ lease: Lease) -> Bool {
        coming[lease] != nil || working[lease] != nil || reporting.contains(lease)
            || waiting.contains { $0.lease == lease }
    }

    /// A claim gave nothing, or failed and is tried again later.
    ///
    /// - Parameter unfinished: the leases that should have been given back with it; they go with the next.
    mutating func claimedNothing(nextAt: ContinuousClock.Instant?, unfinished: [Lease] = []) {
        isAsking = false
        claimAt = nextAt
        finished = unfinished + finished
    }

    /// It was asked whether the scheduler is there, and renewals are answered.
    ///
    /// - Parameter nextAt: when to ask again; nil when both are.
    mutating func probed(nextAt: ContinuousClock.Instant?) {
        isAsking = false
        claimAt = nextAt
        isHeard = nextAt == nil
    }

    /// The scheduler answered the `agree` of a job.
    ///
    /// - Parameter isToldToStop: whether it only needs to hear that; it waits for no place then.
    /// - Returns: whether it has a place and begins; otherwise `begin` comes for it, or it is told to stop.
    mutating func agreed(_ lease: Lease, at now: ContinuousClock.Instant, isToldToStop: Bool = false) -> Bool {
        guard let since = coming.removeValue(forKey: lease) else {
            preconditionFailure("Cannot agree to a job that was not claimed")
        }
        // What an outage took says nothing of the next.
        lookAhead.agreed(after: min(since.duration(to: now), Self.placeLimit))
        let needsNone = isToldToStop || phase == .handingBack || phase == .stopped
        guard needsNone || (waiting.isEmpty && working.count < capacity) else {
            waiting.append((lease, now + Self.placeLimit))
            return false
        }
        working[lease] = now
        return true
    }

    /// A job is over, and nothing of it uses the worker any more; the scheduler is about to be told.
    ///
    /// - Parameter isUnheard: whether its lease was lost because renewals are not answered.
    mutating func reports(_ lease: Lease, at now: ContinuousClock.Instant, isUnheard: Bool = false) {
        guard let since = working.removeValue(forKey: lease) else {
            preconditionFailure("Cannot report a job that is not at work")
        }
        lookAhead.kept(for: since.duration(to: now))
        reporting.insert(lease)
        if isUnheard { isHeard = false }
    }

    /// A job of this worker has ended, one way or another: it was not agreed to, or has reported.
    ///
    /// - Parameters:
    ///   - isOver: whether its lease is to be given back; otherwise it runs out.
    ///   - isUnheard: whether that is because the scheduler, or a renewal, was not answered.
    mutating func ended(_ lease: Lease, isOver: Bool, isUnheard: Bool = false) {
        let wasHeld = reporting.remove(lease) != nil || coming.removeValue(forKey: lease) != nil
        precondition(wasHeld, "Cannot end a job that is at work, or not of this worker")
        if isOver { finished.append(lease) }
        if isUnheard { isHeard = false }
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
    mutating func stop(at now: ContinuousClock.Instant) -> Bool {
        defer { phase = .stopped }
        seatAll(at: now)
        return phase != .stopped
    }
}
