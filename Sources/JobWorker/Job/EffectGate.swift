import Synchronization

/// Whether a step has come to its effect: from then on nobody can say without looking that nothing happened.
///
/// Callable from any thread. An executor that was given up may still be at work: once the step has ended, the gate stays shut.
final class EffectGate: Sendable {
    private enum State { case shut, passed, ended }

    private let state = Mutex(State.shut)

    /// The effect may come from now on.
    ///
    /// - Throws: `CancellationError` when the step has ended.
    func pass() throws {
        try state.withLock { state in
            guard state != .ended else { throw CancellationError() }
            state = .passed
        }
    }

    /// The step has ended.
    ///
    /// - Returns: whether its effect may have come.
    func end() -> Bool {
        state.withLock { state in
            defer { state = .ended }
            return state == .passed
        }
    }
}
