package import EventLoops
package import Telemetry

/// An HTTP/1.1 server: accepts on one event loop, serves on that one and, if it is given more, on those too.
///
/// A connection lives on one loop from beginning to end, a new one goes where the fewest are. Stop it by `drain` (finish
/// what runs), then `close` (cut what is left). Thread: callable from anywhere.
package actor HTTPListener {
    package nonisolated let loop: EventLoop
    /// The listener is on the loop that accepts.
    package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private let settings: HTTPListenerSettings
    private let logger: Logger
    /// Bytes of bodies that lie in memory.
    nonisolated let bodies: BodyBudget
    private var lanes: [(lane: HTTPLane, connections: Int)]
    private var socket: TCPListener?
    private var countByAddress: [String: Int] = [:]
    private var isDraining = false
    private var whenEmpty: [CheckedContinuation<Void, Never>] = []
    /// Connections closed at once because a limit was reached.
    package private(set) var refusedConnections = 0

    private init(
        on loop: EventLoop,
        sharing others: [EventLoop],
        handler: any HTTPHandler,
        settings: HTTPListenerSettings,
        logger: Logger
    ) {
        self.loop = loop
        self.settings = settings
        let logger = logger.with("component", "http")
        self.logger = logger
        let bodies = BodyBudget(limit: settings.bodyBudget)
        self.bodies = bodies
        lanes = ([loop] + others).map { loop in
            (HTTPLane(on: loop, handler: handler, settings: settings, bodies: bodies, logger: logger), 0)
        }
    }

    /// Listens and serves from now on.
    ///
    /// - Parameters:
    ///   - others: loops that serve connections too.
    ///   - host: numeric address, or `localhost`.
    ///   - port: 0 takes a free one, see `localPort`.
    ///   - handler: called on the loop of the connection.
    /// - Throws: `EventLoopError`: `.addressInUse`, `.permissionDenied`, `.system`.
    package static func start(
        on loop: EventLoop,
        sharing others: [EventLoop] = [],
        host: String = "127.0.0.1",
        port: Int = 0,
        settings: HTTPListenerSettings = HTTPListenerSettings(),
        logger: Logger = .silent,
        handler: any HTTPHandler
    ) async throws -> HTTPListener {
        let listener = HTTPListener(on: loop, sharing: others, handler: handler, settings: settings, logger: logger)
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
        let address = SocketAddress.household(of: connection.remoteAddress.host)
        guard !isDraining, connectionCount < settings.connectionLimit,
            countByAddress[address, default: 0] < settings.connectionLimitPerAddress
        else {
            refusedConnections += 1
            logger.debug("A connection was refused", ["remote": address, "open": "\(connectionCount)"])
            return connection.reset()
        }
        countByAddress[address, default: 0] += 1
        let index = lanes.indices.min { lanes[$0].connections < lanes[$1].connections } ?? 0
        if index == 0 || !move(connection, of: address, to: index) { serve(connection, of: address) }
    }

    /// Serves a connection on the loop that accepted it.
    private func serve(_ connection: TCPConnection, of address: String) {
        lanes[0].connections += 1
        let ended = whenEnded(address, in: 0)
        lanes[0].lane.assumeIsolated { $0.serve(connection, whenEnded: ended) }
    }

    /// Gives a connection to another loop's lane; false when it has to stay.
    private func move(_ connection: TCPConnection, of address: String, to index: Int) -> Bool {
        let lane = lanes[index].lane
        let ended = whenEnded(address, in: index)
        do throws(EventLoopError) {
            try connection.move(to: lane.loop) { moved in
                guard let moved else { return ended() }
                lane.assumeIsolated { $0.serve(moved, whenEnded: ended) }
            }
        } catch {
            logger.warning("A connection stays on the loop that accepted it", ["error": error.message])
            return false
        }
        lanes[index].connections += 1
        return true
    }

    private func whenEnded(_ address: String, in index: Int) -> @Sendable () -> Void {
        { [self] in loop.execute { self.assumeIsolated { $0.connectionEnded(address, in: index) } } }
    }

    private func connectionEnded(_ address: String, in index: Int) {
        lanes[index].connections -= 1
        if let count = countByAddress[address], count > 1 {
            countByAddress[address] = count - 1
        } else {
            countByAddress[address] = nil
        }
        guard connectionCount == 0 else { return }
        let waiting = whenEmpty
        whenEmpty = []
        for continuation in waiting { continuation.resume() }
    }

    /// Number of open connections, upgraded ones among them.
    package var connectionCount: Int { lanes.reduce(0) { $0 + $1.connections } }

    // MARK: Stopping

    /// Stops listening, ends idle connections, and returns when those at work have ended, or after `limit`.
    ///
    /// - Returns: whether none is left.
    @discardableResult
    package func drain(within limit: Duration) async -> Bool {
        isDraining = true
        await socket?.close()
        socket = nil
        for (lane, _) in lanes { lane.drain() }
        // Not structured: the timer must outlive nothing but this call, and is cancelled at its end.
        let timer = loop.schedule(after: limit) { [self] in
            assumeIsolated { listener in
                let waiting = listener.whenEmpty
                listener.whenEmpty = []
                for continuation in waiting { continuation.resume() }
            }
        }
        if connectionCount > 0 {
            await withCheckedContinuation { continuation in
                if connectionCount == 0 { continuation.resume() } else { whenEmpty.append(continuation) }
            }
        }
        timer.cancel()
        return connectionCount == 0
    }

    /// Stops listening and cuts every connection; returns when all are gone.
    package func close() async {
        isDraining = true
        await socket?.close()
        socket = nil
        for (lane, _) in lanes { lane.cut() }
        while connectionCount > 0 {
            await withCheckedContinuation { continuation in
                if connectionCount == 0 { continuation.resume() } else { whenEmpty.append(continuation) }
            }
        }
    }
}
