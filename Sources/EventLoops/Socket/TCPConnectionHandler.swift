/// Owns what arrives on a TCP connection; called on the connection's loop, must not block.
///
/// The connection keeps its handler alive until it has closed. Handing the connection over means setting another one.
package protocol TCPConnectionHandler: AnyObject, Sendable {
    /// Bytes arrived; called only while reading is on.
    func connectionDidReceive(_ bytes: [UInt8])
    /// The peer has sent its last byte; it may still read what we write.
    func connectionDidReceiveEnd()
    /// The connection is over; called exactly once, nothing follows.
    ///
    /// - Parameter error: why, when it was not our `close()`.
    func connectionDidClose(_ error: EventLoopError?)
}
