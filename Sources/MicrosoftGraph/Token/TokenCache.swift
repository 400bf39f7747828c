/// Which token is in use and whether a new one is on its way; says what to do, does nothing.
///
/// A token counts as expired five minutes early (or at half its life, if that is shorter), as msal does.
struct TokenCache<Waiter> {
    /// What the caller must do.
    enum Action {
        /// Use this token.
        case use(AccessToken)
        /// Ask the identity platform; this caller's waiter is kept.
        case fetch
        /// A request is under way; this caller's waiter is kept.
        case wait
    }

    private enum State {
        /// Can transition to `fetching`.
        case empty
        /// Can transition to `fetching` (the token is old or was refused).
        case ready(AccessToken, renew: ContinuousClock.Instant)
        /// One request is under way, everybody waits for it. Can transition to `ready`, `empty`.
        case fetching([Waiter])
    }

    private static var margin: Duration { .seconds(300) }
    private var state = State.empty

    init() {}

    /// Somebody needs a token.
    ///
    /// - Parameter refused: a token the service has just refused; it is not given again.
    mutating func request(now: ContinuousClock.Instant, refused: String?, waiter: Waiter) -> Action {
        switch state {
        case .ready(let token, let renew) where now < renew && token.value != refused:
            return .use(token)
        case .empty, .ready:
            state = .fetching([waiter])
            return .fetch
        case .fetching(let waiters):
            state = .fetching(waiters + [waiter])
            return .wait
        }
    }

    /// The request brought a token; gives back who waited for it.
    mutating func succeed(_ token: AccessToken, now: ContinuousClock.Instant) -> [Waiter] {
        let life = token.expires - now
        let renew = token.expires - min(Self.margin, life / 2)
        defer { state = .ready(token, renew: renew) }
        return waiters
    }

    /// The request failed; gives back who waited for it.
    mutating func fail() -> [Waiter] {
        defer { state = .empty }
        return waiters
    }

    private var waiters: [Waiter] {
        guard case .fetching(let waiters) = state else {
            preconditionFailure("Cannot end a fetch when none is under way")
        }
        return waiters
    }
}
