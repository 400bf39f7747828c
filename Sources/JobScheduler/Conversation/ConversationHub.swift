import JobModel
import Synchronization

/// Wakes who waits for the end of a conversation, or for messages of an agent.
final class ConversationHub: Sendable {
    private struct Waiter {
        var name: String
        var continuation: AsyncStream<Void>.Continuation
    }

    private let waiters = Mutex<(next: Int, all: [Int: Waiter])>((0, [:]))

    /// Something happened to it.
    func raise(_ name: String) {
        let woken = waiters.withLock { state in
            let woken = state.all.filter { $0.value.name == name }
            for key in woken.keys { state.all[key] = nil }
            return woken.values.map(\.continuation)
        }
        for continuation in woken { continuation.finish() }
    }

    /// Waits until something happens to it, at most `limit`.
    ///
    /// - Parameter check: looked at after the waiting has begun, so that nothing is missed; true ends it at once.
    func wait(for name: String, atMost limit: Duration, unless check: () async throws -> Bool) async rethrows {
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        let number = waiters.withLock { state in
            state.next += 1
            state.all[state.next] = Waiter(name: name, continuation: continuation)
            return state.next
        }
        defer { waiters.withLock { $0.all[number] = nil } }
        if try await check() { return }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { for await _ in stream {} }
            group.addTask { try? await Task.sleep(for: limit) }
            await group.next()
            group.cancelAll()
        }
    }
}
