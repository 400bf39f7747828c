import Synchronization

/// Lets at most so many requests at a time go to one mailbox; the others wait in order.
///
/// Exchange answers the fifth with 429 `ApplicationThrottled` (Graph throttling limits, Outlook service); Dovecot takes ten
/// connections of one user and address (`mail_max_userip_connections`), whatever else uses the mailbox included.
package final class MailboxLimiter: Sendable {
    private struct Queue {
        var active = 0
        var waiting: [(id: Int, continuation: CheckedContinuation<Void, any Error>)] = []

        /// Takes a slot when there is one.
        mutating func take(of limit: Int) -> Bool {
            guard active < limit else { return false }
            active += 1
            return true
        }
    }

    private struct State {
        var queues: [String: Queue] = [:]
        var nextID = 0
    }

    private let limit: Int
    private let state = Mutex(State())

    /// A limiter with nobody in it.
    package init(limit: Int) { self.limit = max(1, limit) }

    /// Runs `body` when there is room.
    ///
    /// - Throws: `CancellationError` while waiting, and what `body` throws.
    package func withSlot<R: Sendable>(for mailbox: String, _ body: () async throws -> R) async throws -> R {
        let mailbox = mailbox.lowercased()
        try await enter(mailbox)
        defer { leave(mailbox) }
        return try await body()
    }

    private func enter(_ mailbox: String) async throws {
        try Task.checkCancellation()
        if state.withLock({ $0.queues[mailbox, default: Queue()].take(of: limit) }) { return }
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isFree = state.withLock { state in
                    guard !Task.isCancelled else { return Bool?.none }
                    if state.queues[mailbox, default: Queue()].take(of: limit) { return true }
                    state.queues[mailbox]?.waiting.append((id, continuation))
                    return false
                }
                if isFree == true { continuation.resume() }
                if isFree == nil { continuation.resume(throwing: CancellationError()) }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                let index = state.queues[mailbox]?.waiting.firstIndex { $0.id == id }
                return index.flatMap { state.queues[mailbox]?.waiting.remove(at: $0) }
            }
            waiter?.continuation.resume(throwing: CancellationError())
        }
    }

    private func leave(_ mailbox: String) {
        let next = state.withLock { state -> CheckedContinuation<Void, any Error>? in
            guard var queue = state.queues[mailbox] else { return nil }
            defer { state.queues[mailbox] = queue.active == 0 ? nil : queue }
            // The slot goes to the next in line, so `active` stays as it is.
            if !queue.waiting.isEmpty { return queue.waiting.removeFirst().continuation }
            queue.active -= 1
            return nil
        }
        next?.resume()
    }
}
