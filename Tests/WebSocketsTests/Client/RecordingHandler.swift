import Synchronization
import WebSockets

/// Keeps what a connection delivers and lets a test wait for it.
final class RecordingHandler: WebSocketHandler {
    enum Event: Equatable, Sendable {
        case text([UInt8])
        case binary([UInt8])
        case closed(UInt16, String)
    }

    private let continuation: AsyncStream<Event>.Continuation
    let events: AsyncStream<Event>

    init() {
        (events, continuation) = AsyncStream.makeStream(of: Event.self)
    }

    func webSocketDidReceive(_ message: [UInt8], isText: Bool) {
        continuation.yield(isText ? .text(message) : .binary(message))
    }

    func webSocketDidClose(code: UInt16, reason: String) {
        continuation.yield(.closed(code, reason))
        continuation.finish()
    }

    /// Everything up to and with the close; ends the test's wait even when the close comes twice, which the count shows.
    func all() async -> [Event] { await events.reduce(into: []) { $0.append($1) } }

    /// The next event.
    func next() async -> Event? { await events.first { _ in true } }
}
