/// How much of something may be spent within a sliding window of time, counted in ten-second steps.
///
/// Pure. Errs on the careful side by at most one step.
struct SlidingBudget: Sendable {
    private static let steps = 30

    private let limit: Int
    private let step: Duration
    private let origin: ContinuousClock.Instant
    /// What was spent, by step; older than the window is dropped.
    private var spent: [(index: Int, amount: Int)] = []
    private var sum = 0

    /// - Parameters:
    ///   - limit: the most that may be spent within the window.
    ///   - origin: any moment before the first use.
    init(limit: Int, window: Duration, origin: ContinuousClock.Instant) {
        self.limit = limit
        step = window / Self.steps
        self.origin = origin
    }

    /// How long to wait before `amount` may be spent; zero when it may be now.
    ///
    /// More than the whole budget is allowed alone: it would never fit.
    mutating func pause(for amount: Int, now: ContinuousClock.Instant) -> Duration {
        forget(now)
        var over = sum + min(amount, limit) - limit
        guard over > 0 else { return .zero }
        for (index, amount) in spent {
            over -= amount
            if over <= 0 { return origin + step * (index + Self.steps + 1) - now }
        }
        return step
    }

    mutating func spend(_ amount: Int, now: ContinuousClock.Instant) {
        forget(now)
        let index = index(now)
        if spent.last?.index == index {
            spent[spent.count - 1].amount += amount
        } else {
            spent.append((index, amount))
        }
        sum += amount
    }

    /// Whether nothing within the window is left.
    mutating func isEmpty(now: ContinuousClock.Instant) -> Bool {
        forget(now)
        return spent.isEmpty
    }

    private func index(_ now: ContinuousClock.Instant) -> Int { Int((now - origin) / step) }

    private mutating func forget(_ now: ContinuousClock.Instant) {
        let oldest = index(now) - Self.steps
        while let first = spent.first, first.index < oldest {
            sum -= first.amount
            spent.removeFirst()
        }
    }
}
