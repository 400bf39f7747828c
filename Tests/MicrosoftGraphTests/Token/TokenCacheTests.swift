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
        #expect(cache.fail() == [1])
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
}
