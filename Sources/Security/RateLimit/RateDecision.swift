/// What a limit says to one more, and what is left of it.
package struct RateDecision: Sendable, Hashable {
    /// The limit it is about.
    package var limit: RateLimit
    /// Whether it may come.
    package var isAllowed: Bool
    /// How many more may come at once.
    package var remaining: Int
    /// Nanoseconds until one more may come; 0 when one may now.
    package var wait: Int64
    /// Nanoseconds until all of it is there again.
    package var reset: Int64

    /// Whole seconds until one more may come, at least 1.
    package var retryAfter: Int { max(1, Int((wait + 999_999_999) / 1_000_000_000)) }
    /// Whole seconds until all of it is there again.
    package var resetSeconds: Int { Int((reset + 999_999_999) / 1_000_000_000) }
}
