package import EventLoops

/// The two pipes a browser started with `--remote-debugging-pipe` has at its descriptors 3 (it reads) and 4 (it writes).
///
/// No port is opened, nobody else can connect, and there is no framing but a NUL byte a message. What one turn of the loop
/// sends leaves in one write. Lives on the connection's loop.
package actor CDPPipeTransport: CDPTransport {
    /// Longest message taken: a picture of a very long page, in base64.
    private static let messageLimit = 256 << 20

    package nonisolated let loop: EventLoop
    package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private let connection: CDPConnection
    private var write: (@Sendable ([UInt8]) throws -> Void)?
    private var messages = PipeMessages(limit: CDPPipeTransport.messageLimit)
    private var waiting: [UInt8] = []

    /// A transport whose browser is yet to be started.
    package init(_ connection: CDPConnection) {
        self.connection = connection
        loop = connection.loop
    }

    /// The browser runs: opens the connection.
    ///
    /// - Parameter write: takes bytes for the browser's descriptor 3, on the loop; bounds what waits there by throwing.
    package func open(write: @escaping @Sendable ([UInt8]) throws -> Void) async {
        self.write = write
        await connection.open(self)
    }

    /// Takes what came from the browser's descriptor 4; called on the loop, in order.
    package nonisolated func didRead(_ bytes: UnsafeRawBufferPointer) {
        // Used during the call only.
        nonisolated(unsafe) let bytes = bytes
        assumeIsolated { $0.take(bytes) }
    }

    /// The browser closed its end; called on the loop.
    package nonisolated func didEnd() {
        assumeIsolated { $0.end("it closed its pipe") }
    }

    private func take(_ bytes: UnsafeRawBufferPointer) {
        let connection = connection
        let isFine = messages.append(bytes) { message in
            nonisolated(unsafe) let message = message
            connection.assumeIsolated { $0.didReceive(message) }
        }
        if !isFine { end("a message was longer than \(Self.messageLimit) bytes") }
    }

    private func end(_ reason: String) {
        write = nil
        waiting = []
        connection.assumeIsolated { $0.didClose(reason: reason) }
    }

    package nonisolated func send(_ message: [UInt8]) throws {
        try assumeIsolated { try $0.queue(message) }
    }

    private func queue(_ message: [UInt8]) throws {
        guard write != nil else { throw CDPError(.disconnected, "The pipe to the browser is closed") }
        if waiting.isEmpty { loop.whenTurnEnds { [self] in assumeIsolated { $0.flush() } } }
        waiting += message
        waiting.append(0)
    }

    private func flush() {
        guard let write, !waiting.isEmpty else { return }
        let bytes = waiting
        waiting.removeAll(keepingCapacity: waiting.capacity <= 1 << 20)
        do { try write(bytes) } catch { end("\(error)") }
    }

    package nonisolated func close() {
        loop.execute { self.assumeIsolated { $0.write = nil } }
    }

    package func shutdown() {
        write = nil
    }
}
