/// Takes what arrives on a WebSocket; called synchronously on the connection's loop, in order, must not block.
package protocol WebSocketHandler: Sendable {
    /// A whole message arrived, whatever pieces it came in.
    func webSocketDidReceive(_ message: [UInt8], isText: Bool)
    /// The connection is over; called exactly once, nothing follows.
    ///
    /// - Parameters:
    ///   - code: close code of RFC 6455, 1006 when the connection was lost.
    ///   - reason: the peer's words, or ours about the loss.
    func webSocketDidClose(code: UInt16, reason: String)
}
