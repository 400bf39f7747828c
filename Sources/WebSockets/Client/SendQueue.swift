/// Messages that wait to be written, bounded in bytes.
struct SendQueue {
    /// What `push` decided.
    enum Push: Equatable {
        /// Queued; `mustWake` tells whether the loop has to be asked to write.
        case queued(mustWake: Bool)
        case full(queuedBytes: Int)
        case closed
    }

    private var messages: [[UInt8]] = []
    private var head = 0
    private(set) var bytes = 0
    private var isClosed = false
    private var isAwake = false
    let limit: Int

    init(limit: Int) { self.limit = limit }

    /// Adds a message at the end. One message longer than the limit is taken when nothing else waits.
    mutating func push(_ message: [UInt8]) -> Push {
        if isClosed { return .closed }
        guard bytes == 0 || bytes + message.count <= limit else { return .full(queuedBytes: bytes) }
        messages.append(message)
        bytes += message.count
        defer { isAwake = true }
        return .queued(mustWake: !isAwake)
    }

    /// The next message to write, and whether the loop must come back for more.
    ///
    /// Without more, the next `push` wakes the loop again.
    mutating func pop() -> (message: [UInt8], hasMore: Bool)? {
        guard head < messages.count else {
            isAwake = false
            return nil
        }
        let message = messages[head]
        messages[head] = []
        head += 1
        bytes -= message.count
        if head == messages.count {
            messages.removeAll(keepingCapacity: messages.capacity <= 1024)
            head = 0
            isAwake = false
        } else if head > 512 {
            messages.removeFirst(head)
            head = 0
        }
        return (message, isAwake)
    }

    /// Drops what waits; nothing is taken any more.
    mutating func close() {
        isClosed = true
        messages = []
        head = 0
        bytes = 0
    }
}
