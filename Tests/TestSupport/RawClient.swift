package import EventLoops

/// A TCP client that sends bytes as they are, for tests that play a client by hand.
package actor RawClient: TCPConnectionHandler {
    private let loop: EventLoop
    package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    private let connection: TCPConnection
    private var received: [UInt8] = []
    /// Whether the other end has ended or closed.
    package private(set) var hasEnded = false
    /// Whether the other end cut the connection.
    package private(set) var wasReset = false
    private var waiting: CheckedContinuation<Void, Never>?

    /// Connects to a local port.
    package init(on loop: EventLoop, port: Int) async throws {
        self.loop = loop
        connection = try await TCPConnection.connect(on: loop, to: SocketAddress(host: "127.0.0.1", port: port))
        begin()
    }

    private func begin() {
        connection.handler = self
        connection.startReading()
    }

    package nonisolated func connectionDidReceive(_ bytes: [UInt8]) {
        assumeIsolated { client in
            client.received += bytes
            client.wake()
        }
    }

    package nonisolated func connectionDidReceiveEnd() {
        assumeIsolated { client in
            client.hasEnded = true
            client.wake()
        }
    }

    package nonisolated func connectionDidClose(_ error: EventLoopError?) {
        assumeIsolated { client in
            client.hasEnded = true
            client.wasReset = error != nil
            client.wake()
        }
    }

    private func wake() {
        waiting?.resume()
        waiting = nil
    }

    /// Sends bytes; an error is not reported, the other end may have closed already.
    package func send(_ bytes: [UInt8]) { connection.write(bytes) }

    /// Sends text.
    package func send(_ text: String) { connection.write(Array(text.utf8)) }

    /// Sends nothing more.
    package func shutdown() { connection.shutdown() }

    /// Takes nothing more from the socket, like a client that does not read.
    package func stopReading() {
        connection.limitKernelBuffers(to: 65536)
        connection.stopReading()
    }

    /// Goes on reading.
    package func startReading() { connection.startReading() }

    /// Closes at once.
    package func close() { connection.close() }

    /// Cuts the connection.
    package func reset() { connection.reset() }

    /// Everything received, once `condition` holds for it, the other end has ended, or `limit` has passed.
    package func receive(
        within limit: Duration = .seconds(10),
        until condition: @Sendable ([UInt8]) -> Bool
    ) async -> [UInt8] {
        let deadline = ContinuousClock.now + limit
        let timer = loop.schedule(after: limit) { self.assumeIsolated { $0.wake() } }
        defer { timer.cancel() }
        while !condition(received), !hasEnded, ContinuousClock.now < deadline {
            await withCheckedContinuation { continuation in
                if condition(received) || hasEnded { continuation.resume() } else { waiting = continuation }
            }
        }
        return received
    }

    /// Everything received until the other end has ended, or `limit` has passed.
    package func receiveAll(within limit: Duration = .seconds(10)) async -> String {
        String(decoding: await receive(within: limit) { _ in false }, as: UTF8.self)
    }

    /// Everything received until `text` is in it, the other end has ended, or `limit` has passed.
    package func receive(until text: String, within limit: Duration = .seconds(10)) async -> String {
        let wanted = Array(text.utf8)
        let bytes = await receive(within: limit) { contains($0, wanted) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Forgets what was received so far.
    package func forget() { received = [] }

    /// Forgets what was received up to and with `text`.
    package func forget(through text: String) {
        guard let range = received.firstRange(of: Array(text.utf8)) else { return }
        received.removeFirst(range.upperBound)
    }
}

private func contains(_ bytes: [UInt8], _ wanted: [UInt8]) -> Bool {
    guard bytes.count >= wanted.count else { return false }
    return (0...(bytes.count - wanted.count)).contains { bytes[$0...].starts(with: wanted) }
}
