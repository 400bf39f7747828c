import Synchronization

/// Something did not end in time.
package struct DeadlinePassed: Error, CustomStringConvertible {
    /// Whether it did not even end after it was cancelled, and goes on somewhere unheard.
    package var isAbandoned: Bool
    /// What it did instead.
    package var description: String { isAbandoned ? "did not end, even when told to" : "took too long" }
}

/// Runs an operation that is cancelled at an instant, or when the caller is, and is no longer waited for `grace` after that.
///
/// - Parameter executor: where the operation runs; the cooperative pool when nil.
/// - Throws: what the operation throws; `DeadlinePassed` when it was cancelled by the deadline or is given up.
package func withDeadline<R: Sendable>(
    _ deadline: ContinuousClock.Instant,
    grace: Duration,
    clock: WorkerClock,
    on executor: (any TaskExecutor)? = nil,
    _ operation: @escaping @Sendable () async throws -> R
) async throws -> R {
    let gate = Gate<R>()
    // Not structured: a structured child could not be left behind, and one that ignores its cancellation would hold the job.
    let work = Task(executorPreference: executor) {
        do {
            gate.finish(.success(try await operation()))
        } catch {
            gate.finish(.failure(error))
        }
    }
    gate.watch(
        Task(executorPreference: executor) {
            try await clock.sleep(deadline)
            gate.expire()
            work.cancel()
            try await clock.sleep(clock.now() + grace)
            gate.finish(.failure(DeadlinePassed(isAbandoned: true)))
        }
    )
    return try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { gate.wait($0) }
    } onCancel: {
        work.cancel()
        gate.watch(
            Task(executorPreference: executor) {
                try await clock.sleep(clock.now() + grace)
                gate.finish(.failure(DeadlinePassed(isAbandoned: true)))
            }
        )
    }
}

/// Hands the first result to the one who waits.
private final class Gate<R: Sendable>: Sendable {
    private struct State {
        var result: Result<R, any Error>?
        var continuation: CheckedContinuation<R, any Error>?
        var hasExpired = false
        var watchers: [Task<Void, any Error>] = []
    }

    private let state = Mutex(State())

    /// From now on a cancellation error is the deadline's doing.
    func expire() { state.withLock { $0.hasExpired = true } }

    /// A task that is of no use once there is a result.
    func watch(_ task: Task<Void, any Error>) {
        let isOver = state.withLock { state in
            if state.result == nil { state.watchers.append(task) }
            return state.result != nil
        }
        if isOver { task.cancel() }
    }

    func finish(_ result: Result<R, any Error>) {
        let (continuation, watchers) = state.withLock {
            state -> (CheckedContinuation<R, any Error>?, [Task<Void, any Error>]) in
            guard state.result == nil else { return (nil, []) }
            state.result = result
            defer {
                state.continuation = nil
                state.watchers = []
            }
            return (state.continuation, state.watchers)
        }
        for watcher in watchers { watcher.cancel() }
        continuation?.resume(with: adjusted(result))
    }

    func wait(_ continuation: CheckedContinuation<R, any Error>) {
        let result = state.withLock { state in
            if state.result == nil { state.continuation = continuation }
            return state.result
        }
        if let result { continuation.resume(with: adjusted(result)) }
    }

    private func adjusted(_ result: Result<R, any Error>) -> Result<R, any Error> {
        if case .failure(let error) = result, error is CancellationError, state.withLock({ $0.hasExpired }) {
            return .failure(DeadlinePassed(isAbandoned: false))
        }
        return result
    }
}
