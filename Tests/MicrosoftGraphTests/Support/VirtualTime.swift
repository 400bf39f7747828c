import Synchronization

/// A clock that moves only when somebody sleeps on it.
final class VirtualTime: Sendable {
    private static let epoch: Int64 = 1_795_000_000_000
    private let start = ContinuousClock.now
    private let passed = Mutex(Duration.zero)

    /// For the client.
    var now: ContinuousClock.Instant { start + elapsed }
    /// For the service: milliseconds since 1970.
    var milliseconds: Int64 {
        let (seconds, attoseconds) = elapsed.components
        return Self.epoch + seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }
    /// How long was slept in all.
    var elapsed: Duration { passed.withLock { $0 } }

    func sleep(_ duration: Duration) async throws {
        try Task.checkCancellation()
        passed.withLock { $0 += duration }
        await Task.yield()
    }
}
