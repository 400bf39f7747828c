import EventLoops
import NetworkPolicy

/// Leads a SOCKS5 handshake on a connection that nobody reads yet.
///
/// Lives on the proxy's loop; lets go of the connection when it is done.
actor SOCKSClient: TCPConnectionHandler {
    private static let limit = Duration.seconds(20)

    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    private let connection: TCPConnection
    private var handshake: SOCKSHandshake
    private let place: String
    private var waiting: CheckedContinuation<Void, any Error>?

    private init(_ connection: TCPConnection, _ request: ProxyRequest) {
        self.connection = connection
        loop = connection.loop
        handshake = SOCKSHandshake(request.host, port: request.port)
        place = "\(request.host.bracketed):\(request.port)"
    }

    /// Returns when the connection leads to the place of the request.
    ///
    /// - Throws: `EgressFailure`; the connection is closed then.
    static func ask(_ connection: TCPConnection, for request: ProxyRequest) async throws {
        try await SOCKSClient(connection, request).run()
    }

    private func run() async throws {
        let timer = loop.schedule(after: Self.limit) { [weak self] in
            self?.assumeIsolated { $0.fail("the SOCKS proxy did not answer in time") }
        }
        defer { timer.cancel() }
        try await withCheckedThrowingContinuation { continuation in
            waiting = continuation
            connection.handler = self
            connection.write(SOCKSHandshake.greeting)
            connection.startReading()
        }
    }

    nonisolated func connectionDidReceive(_ bytes: [UInt8]) { assumeIsolated { $0.received(bytes) } }
    nonisolated func connectionDidReceiveEnd() { assumeIsolated { $0.fail("the SOCKS proxy hung up") } }
    nonisolated func connectionDidClose(_ error: EventLoopError?) {
        assumeIsolated { $0.fail("the SOCKS proxy hung up") }
    }

    private func received(_ bytes: [UInt8]) {
        switch handshake.take(bytes) {
        case .send(let bytes): connection.write(bytes)
        case .wait: break
        case .connected(let rest):
            // The place must not speak before it was spoken to: no protocol behind a proxy of pages does.
            guard rest.isEmpty else { return fail("the SOCKS proxy sent more than its answer") }
            connection.stopReading()
            finish(.success(()))
        case .failed(let reason): fail(reason)
        }
    }

    private func fail(_ reason: String) {
        guard waiting != nil else { return }
        finish(.failure(EgressFailure(place: place, reason: "cannot be reached: \(reason)")))
        connection.close()
    }

    private func finish(_ result: Result<Void, any Error>) {
        let waiting = waiting
        self.waiting = nil
        connection.handler = nil
        waiting?.resume(with: result)
    }
}
