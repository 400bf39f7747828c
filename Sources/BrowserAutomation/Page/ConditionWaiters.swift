import EventLoops

/// Who waits for a condition on an actor's state to come true, and each one's ways out: condition, deadline, cancellation,
/// failure of all.
///
/// `evaluate` after every change of the owner's state.
final class ConditionWaiters: @unchecked Sendable {
    // Touched on the owner's loop only.
    private struct Waiter {
        /// Whether it is over now.
        var evaluate: () -> Bool
        var fail: (any Error) -> Void
        var timer: LoopTimer
    }

    private var waiters: [Int: Waiter] = [:]
    private var lastID = 0
    /// How many wait.
    var count: Int { waiters.count }
    private let loop: EventLoop

    init(on loop: EventLoop) {
        self.loop = loop
    }

    /// Suspends until `condition` has a result; called on the loop.
    ///
    /// - Parameters:
    ///   - what: ends the sentence "Waited in vain for …".
    ///   - end: why the owner is over, if it is.
    func wait<T: Sendable>(
        until deadline: ContinuousClock.Instant,
        for what: @escaping @Sendable () -> String,
        isolation: isolated (any Actor)? = #isolation,
        unless end: @escaping () -> BrowserError?,
        _ condition: @escaping () -> Result<T, BrowserError>?
    ) async throws -> T {
        if let result = condition() { return try result.get() }
        if let error = end() { throw error }
        lastID += 1
        let id = lastID
        return try await withTaskCancellationHandler {
            // A closure runs where its function does only when it names the isolation (SE-0420).
            _ = isolation
            return try await withCheckedThrowingContinuation { continuation in
                loop.checkIsolated()
                // On a loop this body runs a turn later: what was waited for may have come, and the owner may have ended.
                if Task.isCancelled {
                    continuation.resume(throwing: CancellationError())
                } else if let result = condition() {
                    continuation.resume(with: result)
                } else if let error = end() {
                    continuation.resume(throwing: error)
                } else {
                    let timer = loop.schedule(after: deadline - .now) { [weak self] in
                        self?.fail(id, BrowserError(.timeout, "Waited in vain for \(what())"))
                    }
                    add(id, continuation, timer: timer, condition: condition)
                }
            }
        } onCancel: {
            loop.execute { self.fail(id, CancellationError()) }
        }
    }

    /// Resumes the continuation exactly once.
    private func add<T>(
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
