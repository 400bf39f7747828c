import Synchronization

/// How often each of many came: callers, tenants, addresses. The limit comes with the question, so it may change at any time.
///
/// The generic cell rate algorithm (ITU-T I.371): of each only the time is kept at which all of it would be there again, so
/// nothing ticks and nothing drifts. The clock is a monotonic one: a wall clock that is set changes nothing. Bounded:
/// who has used nothing is forgotten; beyond `capacity` newcomers share one limit.
package final class RateLimiter: Sendable {
    private static let capacity = 100_000
    /// What newcomers are called when there are too many.
    private static let crowd = ""

    private let now: @Sendable () -> Int64
    private let full = Mutex<[String: Int64]>([:])

    /// A limiter.
    ///
    /// - Parameter now: nanoseconds of a clock that only goes forward.
    package init(now: @escaping @Sendable () -> Int64 = RateLimiter.monotonic) {
        self.now = now
    }

    /// Takes one for `name`, if it may.
    package func take(_ name: String, of limit: RateLimit) -> RateDecision { decide(name, limit, takes: true) }

    /// What would be said to one more of `name`.
    package func look(_ name: String, of limit: RateLimit) -> RateDecision { decide(name, limit, takes: false) }

    private func decide(_ name: String, _ limit: RateLimit, takes: Bool) -> RateDecision {
        let (time, interval) = (now(), limit.interval)
        let burst = interval * Int64(limit.count)
        return full.withLock { full in
            var name = name
            if full[name] == nil, full.count >= Self.capacity {
                full = full.filter { $0.value > time }
                if full.count >= Self.capacity { name = Self.crowd }
            }
            var used = max(0, (full[name] ?? time) - time)
            let isAllowed = used + interval <= burst
            if isAllowed, takes {
                used += interval
                full[name] = time + used
            }
            return RateDecision(
                limit: limit,
                isAllowed: isAllowed,
                // More was used than a limit allows that has become smaller since.
                remaining: Int(max(0, burst - used) / interval),
                wait: max(0, used + interval - burst),
                reset: used
            )
        }
    }

    /// Nanoseconds since the first use.
    package static let monotonic: @Sendable () -> Int64 = {
        let (seconds, attoseconds) = (ContinuousClock.now - start).components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }

    private static let start = ContinuousClock.now
}
