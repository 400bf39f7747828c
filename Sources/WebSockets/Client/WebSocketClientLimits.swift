/// The bounds of a client connection.
package struct WebSocketClientLimits: Hashable, Sendable {
    /// Longest message taken, in bytes; a longer one closes the connection with 1009.
    package var messageBytes: Int
    /// Most bytes waiting to be sent; `send` throws `queueFull` beyond it.
    package var queuedBytes: Int
    /// Silence after which the peer is asked for a sign of life, rounded up to seconds; nil leaves it to the library, which
    /// asks every 300 s, whatever the peer sends.
    package var pingInterval: Duration?
    /// How long the peer may take for it, rounded up to seconds; without one the connection is lost. Only with `pingInterval`.
    package var pongTimeout: Duration

    /// Bounds; the message default leaves room for a screenshot of a very long page in base64.
    package init(
        messageBytes: Int = 256 << 20,
        queuedBytes: Int = 64 << 20,
        pingInterval: Duration? = nil,
        pongTimeout: Duration = .seconds(10)
    ) {
        self.messageBytes = messageBytes
        self.queuedBytes = queuedBytes
        self.pingInterval = pingInterval
        self.pongTimeout = pongTimeout
    }
}
