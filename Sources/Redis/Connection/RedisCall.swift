/// One call of a user: some commands, one end. On the connection's loop only.
final class RedisCall {
    private var replies: [RedisValue]
    private var left: Int
    private var continuation: CheckedContinuation<[RedisValue], any Error>?

    init(_ count: Int, _ continuation: CheckedContinuation<[RedisValue], any Error>) {
        replies = Array(repeating: .null, count: count)
        left = count
        self.continuation = continuation
    }

    /// Takes the reply of one command; the last one ends the call.
    func reply(_ reply: RedisValue, at index: Int) {
        replies[index] = reply
        left -= 1
        guard left == 0 else { return }
        continuation?.resume(returning: replies)
        continuation = nil
    }

    /// Ends the call; replies still to come are for nobody.
    func fail(_ error: any Error) {
        continuation?.resume(throwing: error)
        continuation = nil
    }
}
