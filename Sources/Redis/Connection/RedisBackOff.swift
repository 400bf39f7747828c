/// Pauses between attempts to connect: doubling, bounded, spread by chance.
package struct RedisBackOff: Hashable, Sendable {
    /// Pause after the first failure.
    package var first: Duration
    /// Longest pause; a Redis that comes back is used again within it.
    package var maximum: Duration

    /// 50 ms doubling up to 2 s.
    package init(first: Duration = .milliseconds(50), maximum: Duration = .seconds(2)) {
        self.first = first
        self.maximum = maximum
    }

    /// The pause after a number of failures in a row, from 1.
    ///
    /// - Parameter random: from 0 up to 1.
    func delay(failures: Int, random: Double) -> Duration {
        min(first * (1 << min(max(failures, 1) - 1, 16)), maximum) * (0.5 + random / 2)
    }
}
