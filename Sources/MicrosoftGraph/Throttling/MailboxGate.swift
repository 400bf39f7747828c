/// What one mailbox may be asked now: budgets, the service's wish to be left alone, and the circuit breaker.
///
/// Pure. Limits: Microsoft Graph throttling limits, Outlook service: 10,000 requests in ten minutes and 150 MB of upload in
/// five, for one application and mailbox.
struct MailboxGate: Sendable {
    /// Whether a request may go.
    enum Admission: Hashable, Sendable {
        case go
        case wait(Duration, Reason)
    }

    /// Why not.
    enum Reason: String, Sendable {
        case requests = "the budget of 10,000 requests in ten minutes is spent"
        case upload = "the budget of 150 MB of upload in five minutes is spent"
        case asked = "the service asked to be left alone"
        case broken = "the service has failed several times in a row"
    }

    private var requests: SlidingBudget
    private var upload: SlidingBudget
    private var breaker = MailboxBreaker()
    private var restsUntil: ContinuousClock.Instant

    init(now: ContinuousClock.Instant) {
        requests = SlidingBudget(limit: 10_000, window: .seconds(600), origin: now)
        upload = SlidingBudget(limit: 150_000_000, window: .seconds(300), origin: now)
        restsUntil = now
    }

    /// Asks for one request with a body of so many bytes; what may go is counted.
    mutating func admit(bytes: Int, now: ContinuousClock.Instant) -> Admission {
        if now < restsUntil { return .wait(restsUntil - now, .asked) }
        let pause = requests.pause(for: 1, now: now)
        if pause > .zero { return .wait(pause, .requests) }
        let uploadPause = upload.pause(for: bytes, now: now)
        if uploadPause > .zero { return .wait(uploadPause, .upload) }
        if case .wait(let pause) = breaker.admit(now: now) { return .wait(pause, .broken) }
        requests.spend(1, now: now)
        if bytes > 0 { upload.spend(bytes, now: now) }
        return .go
    }

    /// The service answered; 429 counts as an answer.
    mutating func succeed() { breaker.succeed() }
    /// 5xx, or no answer.
    mutating func fail(now: ContinuousClock.Instant) { breaker.fail(now: now) }

    /// Nobody waited for the answer.
    mutating func abandon(now: ContinuousClock.Instant) { breaker.abandon(now: now) }

    /// Nothing is asked before that.
    mutating func rest(until: ContinuousClock.Instant) { restsUntil = max(restsUntil, until) }

    /// Whether forgetting it changes nothing.
    func isIdle(now: ContinuousClock.Instant) -> Bool {
        var requests = requests
        return now >= restsUntil && breaker.isIdle && requests.isEmpty(now: now)
    }
}
