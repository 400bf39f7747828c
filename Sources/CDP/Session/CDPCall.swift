package import CDPProtocol
import JSON
import Synchronization

/// A command on its way; its reply is awaited when it is needed.
///
/// Start several in one turn of the loop and they leave together, without waiting for each other.
package struct CDPCall<Command: CDPCommand>: Sendable {
    let pending: CDPPendingCall

    /// Ends it with an error of the caller's, when something else made its reply worthless.
    package func fail(_ error: any Error) {
        pending.abandon(error)
    }

    /// Waits for the reply; at most one task may.
    ///
    /// - Throws: `CDPError`, or `CancellationError` as soon as the task is cancelled (the command may still take effect).
    @discardableResult
    package func reply() async throws -> Command.Reply {
        let value = try await pending.value()
        do {
            return try Command.Reply(from: value)
        } catch {
            throw CDPError(.malformed, "\(Command.method): \(error)")
        }
    }
}

/// Where the reply of one command meets the task that waits for it, whichever comes first.
final class CDPPendingCall: Sendable {
    private enum State {
        /// Neither. Can transition to waiting, finished.
        case running
        /// The task is there. Can transition to finished.
        case waiting(CheckedContinuation<JSONValue, any Error>)
        /// The outcome is there.
        case finished(Result<JSONValue, any Error>)
    }

    private let state = Mutex(State.running)
    private let onCancel: @Sendable () -> Void

    init(onCancel: @escaping @Sendable () -> Void) {
        self.onCancel = onCancel
    }

    /// The first outcome counts; later ones are dropped.
    func finish(_ result: Result<JSONValue, any Error>) {
        let continuation: CheckedContinuation<JSONValue, any Error>? = state.withLock { state in
            switch state {
            case .running:
                state = .finished(result)
                return nil
            case .waiting(let continuation):
                state = .finished(result)
                return continuation
            case .finished:
                return nil
            }
        }
        continuation?.resume(with: result)
    }

    func abandon(_ error: any Error) {
        finish(.failure(error))
        onCancel()
    }

    func value() async throws -> JSONValue {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result: Result<JSONValue, any Error>? = state.withLock { state in
                    switch state {
                    case .running:
                        state = .waiting(continuation)
                        return nil
                    case .waiting: preconditionFailure("Cannot await a reply twice at a time")
                    case .finished(let result): return result
                    }
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            abandon(CancellationError())
        }
    }
}
