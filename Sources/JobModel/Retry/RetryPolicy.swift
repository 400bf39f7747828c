/// After which failures something is tried again, and how long it waits before.
///
/// How often is not its matter: `max_retries` of a job and `retries` of a task say that.
package struct RetryPolicy: Sendable, Hashable {
    /// How the delays go on.
    package enum Backoff: Sendable, Hashable {
        /// Always the same.
        case fixed(Duration)
        /// Each `factor` times the one before, up to a cap.
        case exponential(first: Duration, factor: Double, cap: Duration)
        /// One after the other; the last one stays.
        case list([Duration])
    }

    /// Which failures.
    package enum Matter: Sendable, Hashable {
        /// All of a kind.
        case kind(ReasonCode.Kind)
        /// One reason.
        case reason(ReasonCode)
    }

    /// How the delays go on.
    package var backoff: Backoff
    /// Share of a delay that chance decides, 0…1: of 1 it is anything between nothing and the whole.
    package var jitter: Double
    /// What is tried again.
    package var on: Set<Matter>
    /// What is not, whatever `on` says.
    package var neverOn: Set<Matter>

    /// A policy; application errors are tried again unless it says otherwise.
    package init(
        _ backoff: Backoff,
        jitter: Double = 0,
        on: Set<Matter> = [.kind(.application)],
        neverOn: Set<Matter> = []
    ) {
        self.backoff = backoff
        self.jitter = jitter
        self.on = on
        self.neverOn = neverOn
    }

    /// Of a job that says nothing: 2 s doubling up to 5 min, full jitter, so that what failed together does not return together.
    package static let job = RetryPolicy(
        .exponential(first: .seconds(2), factor: 2, cap: .seconds(300)),
        jitter: 1
    )

    /// Of a task that says nothing: a second.
    package static let task = RetryPolicy(.fixed(.seconds(1)))

    /// Whether a failure is tried again.
    ///
    /// - Parameter mayPass: the word of whoever failed, who knows more than the reason tells. A reason the policy names is
    ///   tried again without asking.
    package func triesAgain(after reason: ReasonCode, mayPass: Bool) -> Bool {
        guard reason.kind != .final, !neverOn.contains(.reason(reason)) else { return false }
        if on.contains(.reason(reason)) { return true }
        guard on.contains(.kind(reason.kind)), !neverOn.contains(.kind(reason.kind)) else { return false }
        return mayPass || reason.kind == .business
    }

    /// The delay before the next try, in milliseconds.
    ///
    /// - Parameters:
    ///   - failures: tries that failed so far, at least 1.
    ///   - random: a number of the range, uniformly.
    package func delay(after failures: Int, random: (ClosedRange<Int64>) -> Int64) -> Int64 {
        let whole = delay(after: failures)
        let certain = whole - Int64(Double(whole) * min(max(jitter, 0), 1))
        return certain >= whole ? whole : random(certain...whole)
    }

    private func delay(after failures: Int) -> Int64 {
        switch backoff {
        case .fixed(let delay): return delay.milliseconds
        case .list(let delays):
            guard let last = delays.last else { return 0 }
            return delays.indices.contains(failures - 1) ? delays[failures - 1].milliseconds : last.milliseconds
        case .exponential(let first, let factor, let cap):
            // Bounded before it is multiplied: no number of failures overflows.
            var delay = Double(first.milliseconds)
            for _ in 1..<min(max(failures, 1), 1_000) where delay < Double(cap.milliseconds) { delay *= factor }
            return Int64(min(delay, Double(cap.milliseconds)))
        }
    }
}
