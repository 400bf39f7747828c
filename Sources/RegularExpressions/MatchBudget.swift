import Glibc

/// The processor time one match may take.
struct MatchBudget {
    /// Steps between two looks at the clock: few enough that a step over a long text does not carry it far.
    private static let stride = 512
    private static let nanoseconds = 500_000_000

    private var steps = 0
    private let end = Self.threadTime() + Self.nanoseconds

    /// Takes a step.
    ///
    /// - Returns: whether it may be done.
    mutating func spend() -> Bool {
        steps += 1
        return steps % Self.stride != 0 || Self.threadTime() < end
    }

    /// Of this thread, in nanoseconds: a machine under load takes nothing from a match.
    private static func threadTime() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }
}
