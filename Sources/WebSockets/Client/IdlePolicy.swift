/// When a connection is asked for a sign of life and when it is given up, as libwebsockets counts: in whole seconds.
struct IdlePolicy: Hashable {
    /// Silence after which a ping is sent.
    let ping: UInt16
    /// Silence after which the connection is closed; longer than `ping`, as the library asserts.
    let hangup: UInt16

    /// Rounded up; nil where the limits leave it to the library.
    init?(_ limits: WebSocketClientLimits) {
        guard let interval = limits.pingInterval else { return nil }
        ping = Self.seconds(interval)
        hangup = ping + Self.seconds(limits.pongTimeout)
    }

    /// At least one, and so few that two of them fit the library's 16 bits.
    private static func seconds(_ duration: Duration) -> UInt16 {
        let (seconds, attoseconds) = duration.components
        return UInt16(min(max(seconds, 0), 32_766)) + (attoseconds > 0 || seconds < 1 ? 1 : 0)
    }
}
