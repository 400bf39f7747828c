/// The client's end of a WebSocket.
package protocol WebSocketClientConnection: Sendable {
    /// Queues a text message; messages leave in order.
    ///
    /// Callable from any thread; cheap on the connection's loop.
    /// - Throws: when the connection is closed or more than the send limit is queued.
    func send(_ text: [UInt8]) throws
    /// Closes with a code; `webSocketDidClose` follows.
    func close(code: UInt16)
}
