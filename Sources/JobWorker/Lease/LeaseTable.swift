import JobModel
import JobQueue

/// When which lease must be renewed, and which is over: pure, on the local monotonic clock.
///
/// All leases of a worker are renewed together at a third of their length. A lease counts as held from the moment the last
/// renewal that succeeded was *sent*: the other side counts from later, never from earlier.
struct LeaseTable {
    /// What the keeper does next.
    enum Action: Hashable {
        /// Renew these together; one renewal is under way at a time.
        case beat([Lease])
        /// The user wants this job to stop.
        case cancel(Lease)
        /// No further step of this job until it is resumed.
        case pause(Lease)
        /// Its pause is over.
        case resume(Lease)
        /// This job is to go back.
        case drain(Lease)
        /// Stop this job at once and write nothing more.
        case lost(Lease)
    }

    private struct Entry {
        var heldSince: ContinuousClock.Instant
        /// What the last reply said, so that a change alone is told.
        var said = HeartbeatReply.held
    }

    private let length: Duration
    private let margin: Duration
    private var entries: [Lease: Entry] = [:]
    private var nextBeat: ContinuousClock.Instant?
    private var beatSent: ContinuousClock.Instant?

    /// - Parameters:
    ///   - length: of a lease without renewal.
    ///   - margin: how long before its end a lease that could not be renewed is given up.
    init(length: Duration, margin: Duration) {
        precondition(margin < length, "Cannot give a lease up before it began")
        self.length = length
        self.margin = margin
    }

    /// How long the worker waits for the answer to a renewal.
    var beatTimeout: Duration { length / 3 }

    /// A lease was given; `since` is when it was asked for.
    mutating func hold(_ lease: Lease, since: ContinuousClock.Instant) {
        entries[lease] = Entry(heldSince: since)
        let due = since + length / 3
        nextBeat = nextBeat.map { min($0, due) } ?? due
    }

    /// The job has ended.
    mutating func release(_ lease: Lease) {
        entries[lease] = nil
        if entries.isEmpty { nextBeat = nil }
    }

    /// When `tick` is due; nil while there is nothing to do.
    var wakeAt: ContinuousClock.Instant? {
        let ends = entries.values.map { $0.heldSince + length - margin }
        return (ends + (beatSent == nil ? [nextBeat].compactMap { $0 } : [])).min()
    }

    /// Gives up what was not renewed in time, and renews what is due.
    mutating func tick(at now: ContinuousClock.Instant) -> [Action] {
        let over = ordered(entries.filter { $0.value.heldSince + length - margin <= now }.map(\.key))
        for lease in over { release(lease) }
        var actions = over.map(Action.lost)
        if beatSent == nil, let due = nextBeat, due <= now, !entries.isEmpty {
            beatSent = now
            nextBeat = now + length / 3
            actions.append(.beat(ordered(Array(entries.keys))))
        }
        return actions
    }

    /// A renewal was answered.
    mutating func replied(_ replies: [HeartbeatReply], to leases: [Lease]) -> [Action] {
        guard let sent = beatSent else { preconditionFailure("Cannot take replies when no renewal is under way") }
        beatSent = nil
        return zip(leases, replies).compactMap { lease, reply in
            guard let entry = entries[lease] else { return nil }
            guard reply != .lost else {
                release(lease)
                return .lost(lease)
            }
            entries[lease]?.heldSince = sent
            entries[lease]?.said = reply
            guard reply != entry.said else { return nil }
            switch reply {
            case .held: return .resume(lease)
            case .cancel: return .cancel(lease)
            case .pause: return .pause(lease)
            case .drain: return .drain(lease)
            case .lost: return nil
            }
        }
    }

    /// A renewal was not answered; the next is tried soon.
    mutating func beatFailed(at now: ContinuousClock.Instant) {
        beatSent = nil
        if !entries.isEmpty { nextBeat = now + length / 15 }
    }

    private func ordered(_ leases: [Lease]) -> [Lease] { leases.sorted { $0.job.rawValue < $1.job.rawValue } }
}
