/// Growing pauses between tries, with jitter so that workers do not come back all at once.
package struct Backoff: Sendable {
    private let first: Duration
    private let longest: Duration
    private let random: @Sendable (ClosedRange<Double>) -> Double
    private var next: Duration

    /// Pauses from `first`, doubling up to `longest`.
    ///
    /// - Parameter random: a number in the range; injected for tests.
    package init(
        first: Duration = .milliseconds(100),
        longest: Duration = .seconds(5),
        random: @escaping @Sendable (ClosedRange<Double>) -> Double = { .random(in: $0) }
    ) {
        self.first = first
        self.longest = longest
        self.random = random
        next = first
    }

    /// The next pause: between half and all of the current step.
    package mutating func pause() -> Duration {
        defer { next = min(next * 2, longest) }
        return next * random(0.5...1)
    }

    /// Begins anew after a success.
    package mutating func reset() { next = first }
}
