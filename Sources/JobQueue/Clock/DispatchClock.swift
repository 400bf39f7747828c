#if canImport(Glibc)
    import Glibc
#endif

/// The clock of the in-memory index; Redis has its own.
package struct DispatchClock: Sendable {
    /// Milliseconds since 1970.
    package var now: @Sendable () -> Int64
    /// Pauses; ends early when the task is cancelled.
    package var sleep: @Sendable (Duration) async throws -> Void

    /// A clock of parts.
    package init(
        now: @escaping @Sendable () -> Int64,
        sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.now = now
        self.sleep = sleep
    }

    /// The machine's clock.
    package static let system = DispatchClock(
        now: {
            var time = timespec()
            clock_gettime(CLOCK_REALTIME, &time)
            return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
        },
        sleep: { try await Task.sleep(for: $0) }
    )
}

extension Duration {
    /// Whole milliseconds, rounded up, never negative.
    var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        let fraction = (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        return overflow ? .max / 2 : max(0, whole + fraction)
    }
}
