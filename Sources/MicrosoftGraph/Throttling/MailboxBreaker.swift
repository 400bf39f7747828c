/// A circuit breaker: after failures in a row nothing is asked for a while, then one request tries whether it works again.
///
/// Pure.
struct MailboxBreaker: Sendable {
    /// Whether a request may go.
    enum Admission: Hashable, Sendable {
        case go
        /// This one request finds out whether it works again.
        case probe
        /// Not now; ask again after this.
        case wait(Duration)
    }

    private enum State {
        /// Requests go. Can transition to `open`.
        case closed(failures: Int)
        /// Nothing goes until then. Can transition to `halfOpen`.
        case open(until: ContinuousClock.Instant, pause: Duration)
        /// One request is under way, the others wait. Can transition to `closed`, `open`.
        case halfOpen(since: ContinuousClock.Instant, pause: Duration)
    }

    private static let failuresToOpen = 5
    private static let firstPause = Duration.seconds(15)
    private static let longestPause = Duration.seconds(240)
    /// A probe that never came back does not keep the others out for ever.
    private static let probeLife = Duration.seconds(90)
    private static let glance = Duration.seconds(1)
    private var state = State.closed(failures: 0)

    init() {}

    mutating func admit(now: ContinuousClock.Instant) -> Admission {
        switch state {
        case .closed: return .go
        case .open(let until, _) where now < until: return .wait(until - now)
        case .halfOpen(let since, _) where now < since + Self.probeLife: return .wait(Self.glance)
        case .open(_, let pause), .halfOpen(_, let pause):
            state = .halfOpen(since: now, pause: pause)
            return .probe
        }
    }

    /// The service answered, whatever it said.
    mutating func succeed() { state = .closed(failures: 0) }

    /// The service failed or did not answer.
    mutating func fail(now: ContinuousClock.Instant) {
        switch state {
        case .closed(let failures) where failures + 1 < Self.failuresToOpen:
            state = .closed(failures: failures + 1)
        case .closed:
            state = .open(until: now + Self.firstPause, pause: Self.firstPause)
        case .halfOpen(_, let pause):
            let longer = min(pause * 2, Self.longestPause)
            state = .open(until: now + longer, pause: longer)
        case .open:
            // Sent before it opened: says nothing new.
            break
        }
    }

    /// A request ended without telling anything, because nobody waited for it any more.
    mutating func abandon(now: ContinuousClock.Instant) {
        guard case .halfOpen(_, let pause) = state else { return }
        state = .open(until: now, pause: pause)
    }

    /// Whether it is as new.
    var isIdle: Bool { if case .closed(failures: 0) = state { true } else { false } }
}
