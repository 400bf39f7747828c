import JobModel

/// When a failed job is tried again: exponential back-off with full jitter.
package struct RetryPolicy: Sendable {
    /// Upper bound of the first delay.
    package var base: Duration = .seconds(2)
    /// Upper bound of every delay.
    package var cap: Duration = .seconds(300)

    /// The defaults.
    package init() {}

    /// The delay before the next attempt, in milliseconds.
    ///
    /// - Parameters:
    ///   - attempts: attempts that failed so far, at least 1.
    ///   - random: a number of the range, uniformly.
    func delay(after attempts: Int, random: (ClosedRange<Int64>) -> Int64) -> Int64 {
        let doublings = min(max(attempts - 1, 0), 20)
        let bound = min(cap.milliseconds, base.milliseconds << Int64(doublings))
        return random(0...max(bound, 0))
    }
}
