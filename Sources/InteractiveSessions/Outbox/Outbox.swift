/// Messages on their way to a client that may read slowly.
///
/// Pure. Replies are never dropped; events beyond the limit are, the newest ones, and a gap with their number stands in their
/// place.
struct Outbox {
    private enum Item {
        case message([UInt8], isEvent: Bool)
        case gap(Int)
    }

    private let limit: Int
    private var items: [Item] = []
    private var events = 0
    /// Bytes of what waits.
    private(set) var bytes = 0

    /// - Parameter limit: events that may wait.
    init(limit: Int) { self.limit = limit }

    var isEmpty: Bool { items.isEmpty }

    mutating func add(_ message: [UInt8]) {
        items.append(.message(message, isEvent: false))
        bytes += message.count
    }

    /// - Parameter isDroppable: false for what a client cannot do without.
    mutating func add(event: [UInt8], isDroppable: Bool = true) {
        guard events < limit || !isDroppable else {
            if case .gap(let count)? = items.last {
                items[items.count - 1] = .gap(count + 1)
            } else {
                items.append(.gap(1))
            }
            return
        }
        events += 1
        items.append(.message(event, isEvent: true))
        bytes += event.count
    }

    /// The next message; gaps become what `gap` makes of their number.
    mutating func next(gap: (Int) -> [UInt8]) -> [UInt8]? {
        guard !items.isEmpty else { return nil }
        switch items.removeFirst() {
        case .gap(let count): return gap(count)
        case .message(let message, let isEvent):
            if isEvent { events -= 1 }
            bytes -= message.count
            return message
        }
    }
}
