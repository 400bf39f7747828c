import Cryptography
package import EventLoops
package import Telemetry

/// An HTTP/1.1 server on one event loop.
///
/// Stop it by `drain` (finish what runs), then `close` (cut what is left). Thread: callable from anywhere.
package actor HTTPListener {
    package nonisolated let loop: EventLoop
    /// Handlers, connections and listener share the loop's thread.
    package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    nonisolated let settings: HTTPListenerSettings
    nonisolated let handler: any HTTPHandler
    nonisolated let logger: Logger
    private var socket: TCPListener?
    private var connections: [ObjectIdentifier: HTTPConnection] = [:]
    private var countByAddress: [String: Int] = [:]
    private var isDraining = false
    private var date = HTTPDate()
    private var whenEmpty: [CheckedContinuation<Void, Never>] = []
    /// Connections closed at once because a limit was reached.
    package private(set) var refusedConnections = 0

    private init(
        on loop: EventLoop,
        handler: any HTTPHandler,
        settings: HTTPListenerSettings,
        logger: Logger
    ) {
        self.loop = loop
        self.handler = handler
        self.settings = settings
        self.logger = logger.with("component", "http")
    }

    /// Listens and serves from now on.
    ///
    /// - Parameters:
    ///   - host: numeric address, or `localhost`.
    ///   - port: 0 takes a free one, see `localPort`.
    /// - Throws: `EventLoopError`: `.addressInUse`, `.permissionDenied`, `.system`.
    package static func start(
        on loop: EventLoop,
        host: String = "127.0.0.1",
        port: Int = 0,
        settings: HTTPListenerSettings = HTTPListenerSettings(),
        logger: Logger = .silent,
        handler: any HTTPHandler
    ) async throws -> HTTPListener {
        let listener = HTTPListener(on: loop, handler: handler, settings: settings, logger: logger)
        try await listener.listen(at: SocketAddress(host: host, port: port))
        return listener
    }

    private func listen(at address: SocketAddress) async throws {
        socket = try await TCPListener.listen(on: loop, at: address) { [logger] error in
            logger.warning("A connection could not be accepted", ["error": error.message])
        } onConnection: { [self] connection in
            assumeIsolated { $0.accept(connection) }
        }
        localAddress = socket?.localAddress ?? address
    }

    /// Where it listens.
    package private(set) var localAddress = SocketAddress(host: "", port: 0)
    /// The port it listens on, also when 0 was asked for.
    package var localPort: Int { localAddress.port }

    // MARK: Connections

    private func accept(_ connection: TCPConnection) {
        let address = connection.remoteAddress.host
        guard !isDraining, connections.count < settings.connectionLimit,
            countByAddress[address, default: 0] < settings.connectionLimitPerAddress
        else {
            refusedConnections += 1
            logger.debug("A connection was refused", ["remote": address, "open": "\(connections.count)"])
            return connection.reset()
        }
        guard let stream = secured(connection) else { return connection.reset() }
        countByAddress[address, default: 0] += 1
        let served = HTTPConnection(stream, of: self)
        connections[ObjectIdentifier(served)] = served
        served.assumeIsolated { $0.start() }
    }

    /// The connection itself, or TLS on it whose handshake has begun; nil when the machine is out of memory for one.
    private func secured(_ connection: TCPConnection) -> (any StreamConnection)? {
        guard let context = settings.tls else { return connection }
        do throws(CryptographyError) {
            let secured = try TLSConnection(connection, context) { [self] in assumeIsolated { $0.plainAnswer() } }
            secured.start(handshakeTimeout: settings.handshakeTimeout)
            return secured
        } catch {
            logger.error("A TLS connection could not be made", ["error": error.message])
            return nil
        }
    }

    /// What a client that speaks HTTP without TLS on this port is told, in plain text: it could read nothing else.
    private func plainAnswer() -> [UInt8] {
        logger.debug("A client spoke HTTP without TLS")
        let body = Array("This port speaks HTTPS only: use https:// in the address\n".utf8)
        let head = HTTPResponseEncoder.head(
            status: 400,
            fields: ["Content-Type": "text/plain; charset=utf-8"],
            framing: .length(body.count),
            connection: "close",
            date: currentDate()
        )
        return head + body
    }

    func connectionEnded(_ connection: HTTPConnection) {
        guard connections.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
        let address = connection.remoteAddress
        if let count = countByAddress[address], count > 1 {
            countByAddress[address] = count - 1
        } else {
            countByAddress[address] = nil
        }
        guard connections.isEmpty else { return }
        let waiting = whenEmpty
        whenEmpty = []
        for continuation in waiting { continuation.resume() }
    }

    /// Number of open connections, upgraded ones among them.
    package var connectionCount: Int { connections.count }

    func currentDate() -> String { date.now() }

    // MARK: Stopping

    /// Stops listening, ends idle connections, and returns when those at work have ended, or after `limit`.
    ///
    /// - Returns: whether none is left.
    @discardableResult
    package func drain(within limit: Duration) async -> Bool {
        isDraining = true
        await socket?.close()
        socket = nil
        for connection in connections.values { connection.drain() }
        // Not structured: the timer must outlive nothing but this call, and is cancelled at its end.
        let timer = loop.schedule(after: limit) { [self] in
            assumeIsolated { listener in
                let waiting = listener.whenEmpty
                listener.whenEmpty = []
                for continuation in waiting { continuation.resume() }
            }
        }
        if !connections.isEmpty {
            await withCheckedContinuation { continuation in
                if connections.isEmpty { continuation.resume() } else { whenEmpty.append(continuation) }
            }
        }
        timer.cancel()
        return connections.isEmpty
    }

    /// Stops listening and cuts every connection; returns when all are gone.
    package func close() async {
        isDraining = true
        await socket?.close()
        socket = nil
        for connection in connections.values { connection.cut() }
        while !connections.isEmpty {
            await withCheckedContinuation { continuation in
                if connections.isEmpty { continuation.resume() } else { whenEmpty.append(continuation) }
            }
        }
    }
}
