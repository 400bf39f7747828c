import Synchronization

@testable import JobWorker

/// Time that moves only when a test says so.
final class ManualClock: Sendable {
    private struct Sleeper {
        let until: ContinuousClock.Instant
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var now = ContinuousClock.now
        var wall: Int64 = 1_000_000
        var number = 0
        var sleepers: [Int: Sleeper] = [:]
        var cancelled: Set<Int> = []
        var watchers: [(until: ContinuousClock.Instant, continuation: CheckedContinuation<Void, Never>)] = []
        var cancelWatchers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())

    /// The clock as the worker takes it.
    var clock: WorkerClock {
        WorkerClock(
            now: { self.state.withLock { $0.now } },
            wall: { self.state.withLock { $0.wall } },
            sleep: { try await self.sleep(until: $0) }
        )
    }

    /// Moves the time once somebody sleeps to a moment within `duration`, and wakes all whose time has come.
    func advance(by duration: Duration) async {
        let target = state.withLock { $0.now + duration }
        await sleeper(until: target)
        jump(by: duration)
    }

    /// Moves the time at once.
    func jump(by duration: Duration) {
        let due = state.withLock { state in
            state.now += duration
            state.wall += duration.components.seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000
            let due = state.sleepers.filter { $0.value.until <= state.now }
            for number in due.keys { state.sleepers[number] = nil }
            return due.values
        }
        for sleeper in due { sleeper.continuation.resume() }
    }

    /// Waits until somebody sleeps to `instant` or earlier.
    private func sleeper(until instant: ContinuousClock.Instant) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.sleepers.values.contains(where: { $0.until <= instant }) { return true }
                state.watchers.append((instant, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    /// Waits until so many sleeps were given up: what has a deadline gives it up when it is over.
    func givenUp(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.cancelled.count >= count { return true }
                state.cancelWatchers.append((count, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    private func sleep(until instant: ContinuousClock.Instant) async throws {
        let number = state.withLock { state in
            state.number += 1
            return state.number
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                register(number, Sleeper(until: instant, continuation: continuation))
            }
        } onCancel: {
            let (sleeper, watchers) = state.withLock { state in
                state.cancelled.insert(number)
                let count = state.cancelled.count
                let ready = state.cancelWatchers.filter { $0.count <= count }
                state.cancelWatchers.removeAll { $0.count <= count }
                return (state.sleepers.removeValue(forKey: number), ready)
            }
            sleeper?.continuation.resume(throwing: CancellationError())
            for watcher in watchers { watcher.continuation.resume() }
        }
    }

    private func register(_ number: Int, _ sleeper: Sleeper) {
        enum Now { case due, cancelled, asleep }
        let (now, watchers) = state.withLock { state -> (Now, [CheckedContinuation<Void, Never>]) in
            if state.cancelled.contains(number) { return (.cancelled, []) }
            if sleeper.until <= state.now { return (.due, []) }
            state.sleepers[number] = sleeper
            let ready = state.watchers.filter { $0.until >= sleeper.until }
            state.watchers.removeAll { $0.until >= sleeper.until }
            return (.asleep, ready.map(\.continuation))
        }
        switch now {
        case .due: sleeper.continuation.resume()
        case .cancelled: sleeper.continuation.resume(throwing: CancellationError())
        case .asleep: for watcher in watchers { watcher.resume() }
        }
    }
}
