/// When a commit begins: at once, or a little later and with more writes.
///
/// A commit costs nearly as much for one write as for six: the sync, and the pages that all of them change alike. Under a steady
/// stream from many callers, commits with two writes each keep the disk and the processors busy, and who comes then waits for
/// both. So after a commit that several shared, the next one waits for six, though not for long. A caller that writes alone, one
/// after the other, never waits.
struct CommitPace: Sendable {
    /// Writes that are worth a commit.
    static let share = 6

    private let interval: Duration
    private var begun: ContinuousClock.Instant?
    private var wasShared = false

    /// - Parameter interval: between the beginnings of two commits, when the second waits for more writes.
    init(interval: Duration = .microseconds(1_500)) { self.interval = interval }

    /// How long the next commit waits for `share` writes at most; nil when it begins with what there is.
    func pause(at now: ContinuousClock.Instant) -> Duration? {
        guard wasShared, let begun else { return nil }
        let left = now.duration(to: begun + interval)
        return left > .zero ? left : nil
    }

    /// A commit begins.
    mutating func begin(with writes: Int, at now: ContinuousClock.Instant) {
        begun = now
        wasShared = writes > 1
    }
}
