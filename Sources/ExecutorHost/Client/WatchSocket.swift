import EventLoops
import JSON
import WebSockets

/// One connection to `/ws/jobs/{id}`, message by message.
struct WatchSocket {
    /// What a connection came to (docs/api.md lists the codes).
    enum Ending: Equatable {
        /// The job has ended and everything was sent.
        case ended
        /// Come back with the position.
        case comeBack
        /// Coming back is of no use.
        case refused(String)
        /// This way does not work here.
        case impossible(String)

        init(code: UInt16, reason: String) {
            switch code {
            case 4000: self = .ended
            case 4500: self = .refused("the API key is no longer valid")
            case 4504: self = .refused("the job is not there any more")
            case 4505, 4511, 1002, 1007, 1009: self = .impossible("the server closed with \(code) \(reason)")
            default: self = .comeBack
            }
        }
    }

    private enum Item {
        case message([UInt8])
        case closed(UInt16, String)
    }

    private struct Handler: WebSocketHandler {
        let items: AsyncStream<Item>.Continuation

        func webSocketDidReceive(_ message: [UInt8], isText: Bool) { items.yield(.message(message)) }

        func webSocketDidClose(code: UInt16, reason: String) {
            items.yield(.closed(code, reason))
            items.finish()
        }
    }

    /// Messages that wait to be shown; with more the newest are dropped, which their numbers tell.
    private static let limit = 10_000

    let sockets: WebSocketClient
    let url: String
    let subprotocols: [String]

    /// Hands every message to `take` until that says no, or the connection is over.
    ///
    /// - Throws: `CancellationError`.
    func run(_ take: (JSONObject) -> Bool) async throws -> Ending {
        let (items, continuation) = AsyncStream<Item>.makeStream(bufferingPolicy: .bufferingOldest(Self.limit))
        let connection: any WebSocketClientConnection
        do {
            connection = try await sockets.connect(
                to: url,
                subprotocols: subprotocols,
                handler: Handler(items: continuation)
            )
        } catch let error as WebSocketError {
            switch error.code {
            case .connectFailed, .timeout, .closed: return .comeBack
            default: return .impossible(error.message)
            }
        }
        defer { connection.close(code: 1000) }
        for await item in items {
            switch item {
            case .message(let bytes):
                guard let json = (try? JSONValue(parsing: bytes))?.object else { continue }
                if !take(json) { return .comeBack }
            case .closed(let code, let reason): return Ending(code: code, reason: reason)
            }
        }
        try Task.checkCancellation()
        return .comeBack
    }
}
