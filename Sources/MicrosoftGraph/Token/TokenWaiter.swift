import Synchronization

/// One caller that waits for a token; the answer and the caller's cancellation race for it, the first wins.
final class TokenWaiter: Sendable {
    private enum State {
        /// Can transition to `waiting`, `finished`.
        case new
        /// Can transition to `finished`.
        case waiting(CheckedContinuation<AccessToken, any Error>)
        case finished(Result<AccessToken, any Error>)
    }

    private let state = Mutex(State.new)

    /// Suspends until `finish`; called once.
    ///
    /// - Throws: what `finish` was given, or `CancellationError` as soon as the task is cancelled.
    func token() async throws -> AccessToken {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result = state.withLock { state -> Result<AccessToken, any Error>? in
                    if case .finished(let result) = state { return result }
                    state = .waiting(continuation)
                    return nil
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            finish(.failure(CancellationError()))
        }
    }

    /// Ends the wait; only the first call counts.
    func finish(_ result: Result<AccessToken, any Error>) {
        let continuation = state.withLock { state -> CheckedContinuation<AccessToken, any Error>? in
            switch state {
            case .finished: return nil
            case .new:
                state = .finished(result)
                return nil
            case .waiting(let continuation):
                state = .finished(result)
                return continuation
            }
        }
        continuation?.resume(with: result)
    }
}
