import Cryptography
import EventLoops
import Telemetry

/// The connections of a listener that live on one loop; on that loop.
///
/// The listener counts and stops, lanes serve: what a request needs on its way lies on its own loop.
actor HTTPLane {
    nonisolated let loop: EventLoop
    /// Lane, connections and handlers share the loop's thread.
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    nonisolated let settings: HTTPListenerSettings
    nonisolated let handler: any HTTPHandler
    nonisolated let logger: Logger
    /// Shared by all lanes of the listener.
    nonisolated let bodies: BodyBudget
    private var connections: [ObjectIdentifier: (connection: HTTPConnection, whenEnded: @Sendable () -> Void)] = [:]
    private var date = HTTPDate()
    private var isDraining = false

    init(
        on loop: EventLoop,
        handler: any HTTPHandler,
        settings: HTTPListenerSettings,
        bodies: BodyBudget,
        logger: Logger
    ) {
        self.loop = loop
        self.handler = handler
        self.settings = settings
        self.bodies = bodies
        self.logger = logger
    }

    /// Serves a connection of this loop from now on.
    ///
    /// - Parameter whenEnded: called on this loop, once, possibly before this returns.
    func serve(_ connection: TCPConnection, whenEnded: @escaping @Sendable () -> Void) {
        guard !isDraining, let stream = secured(connection) else {
            connection.reset()
            return whenEnded()
        }
        let served = HTTPConnection(stream, of: self)
        connections[ObjectIdentifier(served)] = (served, whenEnded)
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
        connections.removeValue(forKey: ObjectIdentifier(connection))?.whenEnded()
    }

    func currentDate() -> String { date.now() }

    // MARK: Stopping

    /// Ends idle connections at once and the others after the request at work; takes no more.
    nonisolated func drain() { stop { $0.drain() } }

    /// Cuts every connection; takes no more.
    nonisolated func cut() { stop { $0.cut() } }

    private nonisolated func stop(_ end: @escaping @Sendable (HTTPConnection) -> Void) {
        loop.execute {
            self.assumeIsolated { lane in
                lane.isDraining = true
                for (connection, _) in lane.connections.values { end(connection) }
            }
        }
    }
}
