package import EventLoops
import FoundationEssentials

/// The time as the worker sees it: injected, so that tests own it.
package struct WorkerClock: Sendable {
    /// The monotonic clock that leases, deadlines and pauses are measured with; it goes on while the machine sleeps.
    package var now: @Sendable () -> ContinuousClock.Instant
    /// Milliseconds since 1970, for messages and events only.
    package var wall: @Sendable () -> Int64
    /// Returns at the instant or later.
    ///
    /// Throws `CancellationError` as soon as the task is cancelled.
    package var sleep: @Sendable (_ until: ContinuousClock.Instant) async throws -> Void

    /// A clock made of closures.
    package init(
        now: @escaping @Sendable () -> ContinuousClock.Instant,
        wall: @escaping @Sendable () -> Int64,
        sleep: @escaping @Sendable (ContinuousClock.Instant) async throws -> Void
    ) {
        self.now = now
        self.wall = wall
        self.sleep = sleep
    }

    /// The machine's time, with timers of a loop.
    package static func live(on loop: EventLoop) -> WorkerClock {
        WorkerClock(
            now: { .now },
            wall: { Int64(Date().timeIntervalSince1970 * 1000) },
            sleep: { instant in try await loop.sleep(for: instant - .now) }
        )
    }

    /// Both clocks at once.
    var moment: Moment { Moment(instant: now(), wall: wall()) }
}

/// One moment on both clocks.
package struct Moment: Sendable, Hashable {
    /// For measuring.
    package var instant: ContinuousClock.Instant
    /// For people: milliseconds since 1970.
    package var wall: Int64

    /// A moment.
    package init(instant: ContinuousClock.Instant, wall: Int64) {
        self.instant = instant
        self.wall = wall
    }
}
