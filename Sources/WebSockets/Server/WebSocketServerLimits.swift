/// The bounds of a server connection.
package struct WebSocketServerLimits: Hashable, Sendable {
    /// Longest message taken, in bytes; a longer one closes the connection with 1009.
    package var messageBytes = 65536
    /// Most frames of one message; more close the connection with 1009.
    package var messageFrames = 4096
    /// Most bytes waiting to be sent; `send` throws `queueFull` beyond it.
    package var queuedBytes = 1 << 20
    /// Bytes the kernel may keep in each direction beside that: a peer that does not read is noticed after both.
    package var kernelBytes = 256 << 10
    /// Answers to pings that may wait; with more nothing is read until they are sent.
    package var queuedPongs = 128
    /// Silence after which the peer is asked for a sign of life.
    package var pingInterval = Duration.seconds(25)
    /// How long the peer may take for it.
    package var pongTimeout = Duration.seconds(10)
    /// How long the peer may take to answer our close.
    package var closeTimeout = Duration.seconds(1)
    /// Code sent when no sign of life came.
    package var pongTimeoutCode: UInt16 = 1011

    /// The defaults suit progress streams: small messages in, many out.
    package init() {}
}
