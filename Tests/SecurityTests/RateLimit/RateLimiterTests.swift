import Synchronization
import Testing

@testable import Security

@Suite struct RateLimiterTests {
    /// A clock that is set by hand, in nanoseconds.
    private final class Clock: Sendable {
        let time = Mutex<Int64>(0)
        func advance(_ milliseconds: Int64) { time.withLock { $0 += milliseconds * 1_000_000 } }
        func limiter(_ count: Int, per seconds: Int) -> Limited {
            Limited(
                limiter: RateLimiter(now: { self.time.withLock { $0 } }),
                limit: RateLimit(count: count, period: .seconds(seconds))
            )
        }
    }

    /// A limiter with a limit that may be changed.
    private struct Limited {
        let limiter: RateLimiter
        var limit: RateLimit

        func take(_ name: String) -> RateDecision { limiter.take(name, of: limit) }
        func look(_ name: String) -> RateDecision { limiter.look(name, of: limit) }
    }

    @Test(arguments: [1, 2, 10])
    func `exactly as many get through as the limit says, at any load`(_ load: Int) {
        let clock = Clock()
        let limiter = clock.limiter(100, per: 10)
        var allowed = 0
        // One every 100 ms is the limit; for 10 s so many times as often.
        for _ in 0..<100 {
            for _ in 0..<load where limiter.take("a").isAllowed { allowed += 1 }
            clock.advance(100)
        }
        // All of the burst, and one for each interval that passed after it.
        #expect(allowed == min(100 * load, 199))
    }

    @Test func `what is left and when there is more is told`() {
        let clock = Clock()
        let limiter = clock.limiter(2, per: 10)
        #expect(limiter.take("a").remaining == 1)
        let last = limiter.take("a")
        #expect(last.isAllowed && last.remaining == 0 && last.resetSeconds == 10)
        let refused = limiter.take("a")
        #expect(!refused.isAllowed && refused.retryAfter == 5)
        #expect(limiter.take("b").isAllowed)
        clock.advance(4_999)
        #expect(!limiter.take("a").isAllowed)
        clock.advance(1)
        #expect(limiter.look("a").isAllowed && limiter.take("a").isAllowed && !limiter.take("a").isAllowed)
    }

    @Test func `a limit that becomes smaller or larger holds at once`() {
        let clock = Clock()
        var limiter = clock.limiter(100, per: 100)
        for _ in 0..<60 { #expect(limiter.take("a").isAllowed) }
        limiter.limit = RateLimit(count: 10, period: .seconds(10))
        #expect(!limiter.take("a").isAllowed && limiter.take("a").remaining == 0)
        limiter.limit = RateLimit(count: 1_000, period: .seconds(100))
        #expect(limiter.take("a").isAllowed)
    }

    @Test func `a flood of names costs bounded memory and shares one limit`() {
        let clock = Clock()
        let limiter = clock.limiter(1, per: 10)
        for name in 0..<100_000 { #expect(limiter.take("\(name)").isAllowed) }
        #expect(limiter.take("one more").isAllowed)
        #expect(!limiter.take("another").isAllowed)
        clock.advance(10_000)
        #expect(limiter.take("another").isAllowed)
    }

    @Test(arguments: ["600/1m", "1/1s", "5/0.5s"]) func `a limit is read`(_ text: String) {
        #expect(RateLimit(text) != nil)
    }

    @Test(arguments: ["", "600", "0/1m", "-1/1m", "1/", "/1m", "x/1m", "1/x", "1/0s", "1/2/3", "1/48h"])
    func `what is no limit is refused`(_ text: String) { #expect(RateLimit(text) == nil) }
}
