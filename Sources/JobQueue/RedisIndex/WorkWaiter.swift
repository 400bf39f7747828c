import EventLoops
import Redis

/// Lets claims of one process wait for work over one blocking connection.
///
/// The marker in Redis wakes one claim; the claim script sets it again while more is ready, which wakes the next. It is only
/// a hint: whoever waits looks again after `DispatchRules.pollInterval` at the latest.
actor WorkWaiter {
    private let connection: RedisConnection
    private let key: String
    private var waiting: [(id: UInt64, continuation: CheckedContinuation<Void, Never>)] = []
    private var lastID: UInt64 = 0
    private var isListening = false

    init(_ connection: RedisConnection, key: String) {
        self.connection = connection
        self.key = key
    }

    /// Returns when there may be work, the time is over, or the task is cancelled.
    func wait(atMost limit: Duration) async {
        lastID += 1
        let id = lastID
        let timer = connection.loop.schedule(after: limit) { [weak self] in
            Task { await self?.wake(id) }
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if Task.isCancelled {
                    continuation.resume()
                } else {
                    waiting.append((id, continuation))
                    startListening()
                }
            }
        } onCancel: {
            // Not structured: a cancellation handler cannot wait. Ends at once.
            Task { await self.wake(id) }
        }
        timer.cancel()
    }

    func close() async {
        await connection.close()
        let all = waiting
        waiting = []
        for (_, continuation) in all { continuation.resume() }
    }

    private func startListening() {
        guard !isListening else { return }
        isListening = true
        // Not structured: runs as long as anybody waits.
        Task { await listen() }
    }

    private func listen() async {
        defer { isListening = false }
        while !waiting.isEmpty {
            // Redis is asked for less time than the connection's deadline leaves it.
            let reply = try? await connection.send(["BZPOPMIN", RedisArgument(key), 1], deadline: .seconds(4))
            switch reply {
            case nil:
                // Redis is away: the claims find out by themselves, each after its own poll interval.
                return
            case .null:
                continue
            default:
                if !waiting.isEmpty { waiting.removeFirst().continuation.resume() }
            }
        }
    }

    private func wake(_ id: UInt64) {
        guard let index = waiting.firstIndex(where: { $0.id == id }) else { return }
        waiting.remove(at: index).continuation.resume()
    }
}
