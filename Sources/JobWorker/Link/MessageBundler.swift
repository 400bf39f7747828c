import JSON
import Synchronization

/// Sends messages, those that become due while others are on their way together: a request costs both sides more than what is
/// in it, and what arrives together shares a commit.
///
/// A message that is alone goes at once. Call from any thread; nothing is ordered but what waits for its answer.
final class MessageBundler: Sendable {
    /// Messages a request takes, as the scheduler allows (docs/lam.md).
    static let limit = 100
    /// Bytes a request takes, unless one message has more.
    static let byteLimit = 1 << 20
    /// Requests on their way at once: the scheduler commits one while the next comes.
    static let requestLimit = 2

    private typealias Answer = CheckedContinuation<JSONObject, any Error>

    private struct State {
        var lastID: UInt64 = 0
        var waiting: [(id: UInt64, message: [UInt8])] = []
        /// Those that are not answered yet, on their way or not.
        var answers: [UInt64: Answer] = [:]
        var requests = 0
    }

    private let state = Mutex(State())
    private let sendAll: @Sendable ([[UInt8]]) async -> [Result<JSONObject, any Error>]

    /// - Parameter send: sends messages; returns what became of each.
    init(send: @escaping @Sendable ([[UInt8]]) async -> [Result<JSONObject, any Error>]) { sendAll = send }

    /// Messages that are not on their way yet.
    var waiting: Int { state.withLock { $0.waiting.count } }

    /// Sends a message; returns its acknowledgement.
    ///
    /// - Throws: what became of it, or `CancellationError` as soon as the task is cancelled: it may arrive all the same then.
    func send(_ message: [UInt8]) async throws -> JSONObject {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (answer: Answer) in
                let mustBegin = state.withLock { state in
                    state.waiting.append((id, message))
                    state.answers[id] = answer
                    guard state.requests < Self.requestLimit else { return false }
                    state.requests += 1
                    return true
                }
                // The cancellation may have come before there was anything to end.
                if Task.isCancelled { end(id, .failure(CancellationError())) }
                // Not structured: it carries the messages of other tasks, too. Ends when nothing waits.
                if mustBegin { Task { await self.sendWaiting() } }
            }
        } onCancel: {
            end(id, .failure(CancellationError()))
        }
    }

    private func sendWaiting() async {
        while let bundle = nextBundle() {
            let results = await sendAll(bundle.map(\.message))
            for (item, result) in zip(bundle, results) { end(item.id, result) }
        }
    }

    /// What goes with the next request; nil when nothing waits, and then the request is not made.
    private func nextBundle() -> [(id: UInt64, message: [UInt8])]? {
        state.withLock { state in
            state.waiting.removeAll { state.answers[$0.id] == nil }
            var (count, bytes) = (0, 0)
            for item in state.waiting.prefix(Self.limit) {
                bytes += item.message.count
                guard count == 0 || bytes <= Self.byteLimit else { break }
                count += 1
            }
            guard count > 0 else {
                state.requests -= 1
                return nil
            }
            defer { state.waiting.removeFirst(count) }
            return Array(state.waiting.prefix(count))
        }
    }

    private func end(_ id: UInt64, _ result: Result<JSONObject, any Error>) {
        state.withLock { $0.answers.removeValue(forKey: id) }?.resume(with: result)
    }
}
