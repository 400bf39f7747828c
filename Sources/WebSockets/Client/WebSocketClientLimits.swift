/// The bounds of a client connection.
package struct WebSocketClientLimits: Hashable, Sendable {
    /// Longest message taken, in bytes; a longer one closes the connection with 1009.
    package var messageBytes: Int
    /// Most bytes waiting to be sent; `send` throws `queueFull` beyond it.
    package var queuedBytes: Int

    /// Bounds; the message default leaves room for a screenshot of a very long page in base64.
    package init(messageBytes: Int = 256 << 20, queuedBytes: Int = 64 << 20) {
        self.messageBytes = messageBytes
        self.queuedBytes = queuedBytes
    }
}
