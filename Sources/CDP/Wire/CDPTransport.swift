/// Carries whole messages to the browser; what arrives is given to `CDPConnection`.
package protocol CDPTransport: Sendable {
    /// Queues a message; called on the loop.
    func send(_ message: [UInt8]) throws
    /// Closes; `CDPConnection.didClose` follows.
    func close()
    /// Gives the loop back everything it holds there; the connection is over then.
    func shutdown() async
}
