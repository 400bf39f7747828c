import JSON
import JobModel
import Telemetry

/// Sends the messages of one job to the scheduler in order, one at a time.
///
/// At most 256 messages wait; who adds another waits for room, so a scheduler that is away slows the job down instead of
/// filling the memory. When the scheduler says that the lease is not ours any more, the rest is dropped.
actor Reporter {
    private struct Item {
        var message: LAMMessage
        var acknowledged: CheckedContinuation<Void, any Error>?
    }

    private static let limit = 256

    private let sender: MessageSender
    private let logger: Logger
    /// Called once when the scheduler refuses the lease.
    private let refused: @Sendable () -> Void
    private var items: [Item] = []
    private var isSending = false
    private var isAborted = false
    private var whenEmpty: [CheckedContinuation<Void, Never>] = []
    private var whenRoom: [CheckedContinuation<Void, Never>] = []
    private var current: Task<Void, Never>?

    init(sender: MessageSender, logger: Logger, refused: @escaping @Sendable () -> Void) {
        self.sender = sender
        self.logger = logger
        self.refused = refused
    }

    /// Adds a message; returns at once unless too many wait.
    func add(_ message: LAMMessage) async {
        while items.count >= Self.limit, !isAborted { await withCheckedContinuation { whenRoom.append($0) } }
        enqueue(Item(message: message))
    }

    /// Adds a message and waits until the scheduler has it.
    ///
    /// - Throws: `SchedulerRefusal`, or `CancellationError` when the lease is gone.
    func send(_ message: LAMMessage) async throws {
        try await withCheckedThrowingContinuation { continuation in
            enqueue(Item(message: message, acknowledged: continuation))
        }
    }

    /// Waits until the scheduler has everything, or nothing more may be sent.
    func flush() async {
        while isSending, !isAborted { await withCheckedContinuation { whenEmpty.append($0) } }
    }

    /// Drops what waits and stops what is being sent: nothing may be written any more.
    func abort() {
        guard !isAborted else { return }
        isAborted = true
        current?.cancel()
        let dropped = items
        items = []
        for item in dropped { item.acknowledged?.resume(throwing: CancellationError()) }
        wakeAll()
    }

    private func enqueue(_ item: Item) {
        if isAborted {
            item.acknowledged?.resume(throwing: CancellationError())
            return
        }
        items.append(item)
        guard !isSending else { return }
        isSending = true
        // Not structured: it must outlive the step that reports and not be cancelled with it; `flush` waits for it.
        current = Task { await self.sendAll() }
    }

    private func sendAll() async {
        while !items.isEmpty {
            let item = items.removeFirst()
            wakeRoom()
            await send(item)
        }
        isSending = false
        wakeAll()
    }

    private func send(_ item: Item) async {
        do {
            _ = try await sender.send(item.message)
            item.acknowledged?.resume()
        } catch let refusal as SchedulerRefusal {
            item.acknowledged?.resume(throwing: refusal)
            if refusal.endsLease {
                logger.warning("Message refused, the lease is not ours any more", ["refusal": refusal.message])
                abort()
                refused()
            } else {
                logger.error("Message refused", ["refusal": refusal.message, "reason": refusal.reason.rawValue])
            }
        } catch {
            item.acknowledged?.resume(throwing: CancellationError())
        }
    }

    private func wakeRoom() {
        let waiting = whenRoom
        whenRoom = []
        for continuation in waiting { continuation.resume() }
    }

    private func wakeAll() {
        wakeRoom()
        let waiting = whenEmpty
        whenEmpty = []
        for continuation in waiting { continuation.resume() }
    }
}

extension SchedulerRefusal {
    /// Whether it says that the job is someone else's, or nobody's, by now.
    var endsLease: Bool { reason == .staleEpoch || status == 404 }
}
