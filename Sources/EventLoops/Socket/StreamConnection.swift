/// A connection that carries bytes in order, whatever lies below: a TCP socket, or TLS on one.
///
/// Thread: everything on the loop, and every method traps elsewhere, but for `writeAndWait`. Reading is off at first.
package protocol StreamConnection: AnyObject, Sendable {
    /// The loop it lives on.
    var loop: EventLoop { get }
    /// The peer.
    var remoteAddress: SocketAddress { get }
    /// Who gets what arrives; replace it to hand the connection over.
    var handler: (any TCPConnectionHandler)? { get set }
    /// Whether neither side has closed it.
    var isOpen: Bool { get }
    /// Bytes given to `write` that the kernel has not taken yet.
    var queuedBytes: Int { get }

    /// Lets bytes arrive; never calls the handler before it returns. Idempotent.
    func startReading()
    /// Leaves further bytes with the peer; idempotent.
    func stopReading()
    /// Bounds what the kernel keeps in each direction.
    func limitKernelBuffers(to bytes: Int)
    /// Takes what can be sent without waiting, provided that nothing waits already; returns how many bytes that were.
    func writeAtOnce(_ bytes: ArraySlice<UInt8>) -> Int
    /// Sends bytes behind all earlier ones; `completion` is called on the loop, exactly once, possibly before this returns.
    func write(_ bytes: [UInt8], completion: @escaping (EventLoopError?) -> Void)
    /// Sends bytes and returns when the kernel has taken them all; callable from any thread.
    func writeAndWait(_ bytes: [UInt8]) async throws
    /// Says that we send nothing more, once everything queued is sent; reading goes on.
    func shutdown()
    /// Closes; idempotent.
    func close()
    /// Closes so that the peer sees a reset: it cannot take a cut answer for a whole one.
    func reset()
}

extension StreamConnection {
    /// Sends bytes behind all earlier ones; that they could not be sent shows when the connection closes.
    package func write(_ bytes: [UInt8]) { write(bytes) { _ in } }

    /// Sends bytes and returns when the kernel has taken them all: write in pieces, and a slow reader slows you down.
    ///
    /// - Throws: `EventLoopError` when the connection closes first.
    package func writeAndWait(_ bytes: [UInt8]) async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            loop.execute { [self] in
                write(bytes) { error in
                    if let error { continuation.resume(throwing: error) } else { continuation.resume() }
                }
            }
        }
    }
}
