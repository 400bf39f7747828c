import MailModel

/// Which token is in use and whether a new one is on its way; says what to do, does nothing.
///
/// A token counts as expired five minutes early (or at half its life, if that is shorter), as msal does. One the service takes
/// is kept when a renewal fails before its end. A refusal that only people can end is not asked for again at once, and a wish
/// to be left alone (`Retry-After`) is kept.
struct TokenCache<Waiter> {
    /// What the caller must do.
    enum Action {
        /// Use this token.
        case use(AccessToken)
        /// Ask the identity platform; this caller's waiter is kept.
        case fetch
        /// A request is under way; this caller's waiter is kept.
        case wait
        /// The last request failed so that asking again now is of no use.
        case fail(MailError)
    }

    private enum State {
        /// Can transition to `fetching`.
        case empty
        /// Asking again before `until` is of no use. Can transition to `fetching`.
        case refused(MailError, until: ContinuousClock.Instant)
        /// Can transition to `fetching` (the token is old or was refused).
        case ready(AccessToken, renew: ContinuousClock.Instant)
        /// One request is under way, everybody waits for it; `spare` still works. Can transition to `ready`, `empty`,
        /// `refused`.
        case fetching([Waiter], spare: AccessToken?)
    }

    private static var margin: Duration { .seconds(300) }
    /// So long a token must still live to stand in for one that could not be had.
    private static var spareMargin: Duration { .seconds(30) }
    /// So long a refusal by a setting or a policy is believed.
    private static var belief: Duration { .seconds(30) }
    /// Longer wishes are not kept.
    private static var longestWish: Duration { .seconds(3600) }
    private var state = State.empty

    init() {}

    /// Somebody needs a token.
    ///
    /// - Parameter refused: a token the service has just refused; it is not given again.
    mutating func request(now: ContinuousClock.Instant, refused: String?, waiter: Waiter) -> Action {
        switch state {
        case .ready(let token, let renew) where now < renew && token.value != refused:
            return .use(token)
        case .refused(let error, let until) where now < until:
            return .fail(error)
        case .ready(let token, _):
            let isSpare = token.value != refused && now + Self.spareMargin < token.expires
            state = .fetching([waiter], spare: isSpare ? token : nil)
            return .fetch
        case .empty, .refused:
            state = .fetching([waiter], spare: nil)
            return .fetch
        case .fetching(let waiters, let spare):
            state = .fetching(waiters + [waiter], spare: spare?.value == refused ? nil : spare)
            return .wait
        }
    }

    /// The request brought a token; gives back who waited for it.
    mutating func succeed(_ token: AccessToken, now: ContinuousClock.Instant) -> [Waiter] {
        let life = token.expires - now
        let renew = min(token.expires - min(Self.margin, life / 2), token.refresh ?? token.expires)
        let waiters = fetching.waiters
        state = .ready(token, renew: renew)
        return waiters
    }

    /// The request failed; gives back who waited for it, and the old token when it still works.
    mutating func fail(_ error: MailError?, now: ContinuousClock.Instant) -> (waiters: [Waiter], spare: AccessToken?) {
        let (waiters, spare) = fetching
        if let spare {
            state = .ready(spare, renew: min(now + Self.belief, spare.expires - Self.spareMargin))
        } else if let error, let pause = Self.pause(after: error) {
            state = .refused(error, until: now + pause)
        } else {
            state = .empty
        }
        return (waiters, spare)
    }

    private static func pause(after error: MailError) -> Duration? {
        if let wish = error.retryAfter { return min(wish, longestWish) }
        return error.code == .configuration || error.code == .policy ? belief : nil
    }

    private var fetching: (waiters: [Waiter], spare: AccessToken?) {
        guard case .fetching(let waiters, let spare) = state else {
            preconditionFailure("Cannot end a fetch when none is under way")
        }
        return (waiters, spare)
    }
}
