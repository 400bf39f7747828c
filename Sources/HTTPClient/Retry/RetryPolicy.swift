/// Which failed requests are sent again, and when.
///
/// A request whose method is not idempotent is never sent again, whatever failed: the server may have acted on it.
package struct RetryPolicy: Hashable, Sendable {
    /// Methods of which two identical requests have the effect of one (RFC 9110 §9.2.2).
    package static let idempotentMethods: Set<String> = ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"]

    /// How a try ended.
    package enum Outcome {
        case response(HTTPClientResponse)
        case failure(HTTPClientError)
    }

    /// Tries in all, the first included.
    package var attempts: Int
    /// Statuses worth another try.
    package var statuses: Set<Int>
    /// Pause after the first try; doubles with each further one.
    package var firstDelay: Duration
    /// Longest pause of our own choice.
    package var maximumDelay: Duration
    /// Longest pause a server may ask for by Retry-After; asked for more, the answer is final.
    package var maximumRetryAfter: Duration

    /// Three tries, half a second apart and growing.
    package init(
        attempts: Int = 3,
        statuses: Set<Int> = [408, 429, 502, 503, 504],
        firstDelay: Duration = .milliseconds(500),
        maximumDelay: Duration = .seconds(20),
        maximumRetryAfter: Duration = .seconds(60)
    ) {
        self.attempts = attempts
        self.statuses = statuses
        self.firstDelay = firstDelay
        self.maximumDelay = maximumDelay
        self.maximumRetryAfter = maximumRetryAfter
    }

    /// The pause before the next try, nil when there is none.
    ///
    /// - Parameters:
    ///   - attempt: the number of the try that ended, from 1.
    ///   - random: from 0 up to 1; the pause is between half and all of the doubled delay, so that many clients spread.
    ///   - now: seconds since 1970, for a Retry-After that names a date.
    package func delay(
        after outcome: Outcome,
        of method: String,
        attempt: Int,
        random: Double,
        now: Int64
    ) -> Duration? {
        guard attempt < attempts, Self.idempotentMethods.contains(method) else { return nil }
        let own = backOff(attempt, random)
        switch outcome {
        case .response(let response):
            guard statuses.contains(response.status) else { return nil }
            let field = response.headers.first { $0.name.lowercased() == "retry-after" }
            guard let asked = field.flatMap({ RetryAfter.seconds($0.value, now: now) }) else { return own }
            let wait = Duration.seconds(asked)
            return wait > maximumRetryAfter ? nil : max(wait, own)
        case .failure(let error):
            return error.isTransient ? own : nil
        }
    }

    private func backOff(_ attempt: Int, _ random: Double) -> Duration {
        let doubled = firstDelay * (1 << min(attempt - 1, 20))
        return min(doubled, maximumDelay) * (0.5 + random / 2)
    }
}

extension HTTPClientError {
    /// Whether the same request may succeed a moment later.
    package var isTransient: Bool {
        code == .couldNotResolve || code == .couldNotConnect || code == .timeout || code == .connectionLost
    }
}
