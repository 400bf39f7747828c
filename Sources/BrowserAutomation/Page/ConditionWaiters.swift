import EventLoops

/// Who waits for a condition on an actor's state to come true, and each one's ways out: condition, deadline, cancellation,
/// failure of all.
///
/// Confined to one loop, the owner's; `evaluate` after every change of the owner's state.
final class ConditionWaiters {
    private struct Waiter {
        /// Whether it is over now.
        var evaluate: () -> Bool
        var fail: (any Error) -> Void
        var timer: LoopTimer
    }

    private var waiters: [Int: Waiter] = [:]
    private var lastID = 0

    /// An id for who will wait, known before it does: a cancellation may come first.
    func nextID() -> Int {
        lastID += 1
        return lastID
    }

    /// Resumes the continuation exactly once.
    func add<T>(
        _ id: Int,
        _ continuation: CheckedContinuation<T, any Error>,
        timer: LoopTimer,
        condition: @escaping () -> Result<T, BrowserError>?
    ) {
        waiters[id] = Waiter(
            evaluate: {
                guard let result = condition() else { return false }
                continuation.resume(with: result)
                return true
            },
            fail: { continuation.resume(throwing: $0) },
            timer: timer
        )
    }

    func evaluate() {
        for (id, waiter) in waiters.sorted(by: { $0.key < $1.key }) where waiter.evaluate() {
            waiters[id] = nil
            waiter.timer.cancel()
        }
    }

    func fail(_ id: Int, _ error: any Error) {
        guard let waiter = waiters.removeValue(forKey: id) else { return }
        waiter.timer.cancel()
        waiter.fail(error)
    }

    func failAll(_ error: any Error) {
        for id in waiters.keys.sorted() { fail(id, error) }
    }
}
