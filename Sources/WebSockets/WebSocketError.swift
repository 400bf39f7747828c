/// A failure of a WebSocket, client or server side.
package struct WebSocketError: Error, CustomStringConvertible, Sendable {
    /// What kind of failure it was.
    package struct Code: Hashable, Sendable {
        private enum Kind: Hashable {
            case invalidURL, unavailable, connectFailed, timeout, closed, queueFull, tooLarge, protocolViolation
        }
        private let kind: Kind

        /// The URL is not `ws://<host>:<port>/…` or `wss://…`; correct it.
        package static let invalidURL = Code(kind: .invalidURL)
        /// The library cannot run here; the message says which package is missing.
        package static let unavailable = Code(kind: .unavailable)
        /// The peer refused the connection or the upgrade; nothing was sent.
        package static let connectFailed = Code(kind: .connectFailed)
        /// The handshake was not over by the deadline; nothing was sent.
        package static let timeout = Code(kind: .timeout)
        /// The connection is over; what was queued and not written is lost.
        package static let closed = Code(kind: .closed)
        /// The peer reads slower than we send; wait, or give the connection up.
        package static let queueFull = Code(kind: .queueFull)
        /// A message is longer than the limit.
        package static let tooLarge = Code(kind: .tooLarge)
        /// The peer broke RFC 6455.
        package static let protocolViolation = Code(kind: .protocolViolation)
    }

    /// The kind of failure.
    package var code: Code
    /// One sentence: what failed, with which value.
    package var message: String
    /// The sentence.
    package var description: String { message }

    /// A failure.
    package init(code: Code, message: String) {
        self.code = code
        self.message = message
    }
}
