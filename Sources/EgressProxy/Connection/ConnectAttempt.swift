import EventLoops
import Synchronization

/// Connecting with a limit in time: what comes too late is closed.
enum ConnectAttempt {
    /// The limit has passed.
    struct TimeLimit: Error {}

    static func connect(on loop: EventLoop, to address: SocketAddress, within limit: Duration) async throws
        -> TCPConnection
    {
        try await withCheckedThrowingContinuation { continuation in
            let once = Once(continuation)
            let timer = loop.schedule(after: limit) { once.finish(.failure(TimeLimit())) }
            // Not structured: the system ends it in its own time, which is too long to wait for.
            Task(executorPreference: loop) {
                let result: Result<TCPConnection, any Error>
                do { result = .success(try await TCPConnection.connect(on: loop, to: address)) } catch {
                    result = .failure(error)
                }
                timer.cancel()
                if !once.finish(result), case .success(let late) = result { loop.execute { late.close() } }
            }
        }
    }

    private final class Once: Sendable {
        private let continuation: Mutex<CheckedContinuation<TCPConnection, any Error>?>

        init(_ continuation: CheckedContinuation<TCPConnection, any Error>) {
            self.continuation = Mutex(continuation)
        }

        @discardableResult
        func finish(_ result: Result<TCPConnection, any Error>) -> Bool {
            guard let continuation = continuation.withLock({ $0.take() }) else { return false }
            continuation.resume(with: result)
            return true
        }
    }
}
