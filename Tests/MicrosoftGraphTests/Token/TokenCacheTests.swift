import MailModel
import Testing

@testable import MicrosoftGraph

@Suite struct TokenCacheTests {
    private static let start = ContinuousClock.now
    private static let token = AccessToken(value: "one", expires: start + .seconds(3600))

    /// What an action is, in one word.
    private static func word(_ action: TokenCache<Int>.Action) -> String {
        switch action {
        case .use(let token): token.value
        case .fetch: "fetch"
        case .wait: "wait"
        case .fail: "fail"
        }
    }

    @Test func `the first asks, the others wait, all are answered`() {
        var cache = TokenCache<Int>()
        #expect(Self.word(cache.request(now: Self.start, refused: nil, waiter: 1)) == "fetch")
        #expect(Self.word(cache.request(now: Self.start, refused: nil, waiter: 2)) == "wait")
        #expect(cache.succeed(Self.token, now: Self.start) == [1, 2])
        #expect(Self.word(cache.request(now: Self.start, refused: nil, waiter: 3)) == "one")
    }

    @Test func `a failure answers all and the next asks again`() {
        var cache = TokenCache<Int>()
        _ = cache.request(now: Self.start, refused: nil, waiter: 1)
        #expect(cache.fail(MailError(.unavailable, "down"), now: Self.start).waiters == [1])
        #expect(Self.word(cache.request(now: Self.start, refused: nil, waiter: 2)) == "fetch")
    }

    @Test func `a token is used until five minutes before its end`() {
        var cache = TokenCache<Int>()
        _ = cache.request(now: Self.start, refused: nil, waiter: 1)
        _ = cache.succeed(Self.token, now: Self.start)
        #expect(Self.word(cache.request(now: Self.start + .seconds(3299), refused: nil, waiter: 2)) == "one")
        #expect(Self.word(cache.request(now: Self.start + .seconds(3300), refused: nil, waiter: 3)) == "fetch")
    }

    @Test func `a short token is used for half its life`() {
        var cache = TokenCache<Int>()
        _ = cache.request(now: Self.start, refused: nil, waiter: 1)
        _ = cache.succeed(AccessToken(value: "short", expires: Self.start + .seconds(60)), now: Self.start)
        #expect(Self.word(cache.request(now: Self.start + .seconds(29), refused: nil, waiter: 2)) == "short")
        #expect(Self.word(cache.request(now: Self.start + .seconds(30), refused: nil, waiter: 3)) == "fetch")
    }

    @Test func `a refused token is replaced once; who comes late with the same refusal gets the new one`() {
        var cache = TokenCache<Int>()
        _ = cache.request(now: Self.start, refused: nil, waiter: 1)
        _ = cache.succeed(Self.token, now: Self.start)
        #expect(Self.word(cache.request(now: Self.start, refused: "one", waiter: 2)) == "fetch")
        let new = AccessToken(value: "two", expires: Self.start + .seconds(3600))
        _ = cache.succeed(new, now: Self.start)
        #expect(Self.word(cache.request(now: Self.start, refused: "one", waiter: 3)) == "two")
    }

    @Test func `a platform that says when to come back is asked then, and its old token serves meanwhile`() {
        var cache = TokenCache<Int>()
        _ = cache.request(now: Self.start, refused: nil, waiter: 1)
        let long = AccessToken(
            value: "long",
            expires: Self.start + .seconds(86_400),
            refresh: Self.start + .seconds(43_200)
        )
        _ = cache.succeed(long, now: Self.start)
        let later = Self.start + .seconds(43_201)
        #expect(Self.word(cache.request(now: later, refused: nil, waiter: 2)) == "fetch")
        #expect(Self.word(cache.request(now: later, refused: nil, waiter: 3)) == "wait")
        let failed = cache.fail(MailError(.unavailable, "down"), now: later)
        #expect(failed.waiters == [2, 3])
        #expect(failed.spare == long)
        #expect(Self.word(cache.request(now: later + .seconds(29), refused: nil, waiter: 4)) == "long")
        #expect(Self.word(cache.request(now: later + .seconds(30), refused: nil, waiter: 5)) == "fetch")
    }

    @Test func `a token the service refused never stands in for the one that could not be had`() {
        var cache = TokenCache<Int>()
        _ = cache.request(now: Self.start, refused: nil, waiter: 1)
        _ = cache.succeed(Self.token, now: Self.start)
        _ = cache.request(now: Self.start + .seconds(3400), refused: nil, waiter: 2)
        _ = cache.request(now: Self.start + .seconds(3400), refused: "one", waiter: 3)
        #expect(cache.fail(nil, now: Self.start + .seconds(3400)).spare == nil)
    }

    @Test func `a wrong setting is not asked about again at once, a wish to be left alone is kept`() {
        var cache = TokenCache<Int>()
        _ = cache.request(now: Self.start, refused: nil, waiter: 1)
        _ = cache.fail(MailError(.configuration, "wrong"), now: Self.start)
        #expect(Self.word(cache.request(now: Self.start + .seconds(29), refused: nil, waiter: 2)) == "fail")
        #expect(Self.word(cache.request(now: Self.start + .seconds(30), refused: nil, waiter: 3)) == "fetch")
        let throttled = MailError(.throttled, "slow", retryAfter: .seconds(120))
        _ = cache.fail(throttled, now: Self.start + .seconds(30))
        #expect(Self.word(cache.request(now: Self.start + .seconds(149), refused: nil, waiter: 4)) == "fail")
        #expect(Self.word(cache.request(now: Self.start + .seconds(150), refused: nil, waiter: 5)) == "fetch")
    }
}
