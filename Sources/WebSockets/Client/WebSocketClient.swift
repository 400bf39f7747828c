package import EventLoops
package import Telemetry

/// Opens WebSockets from one event loop; all clients of a loop share its libwebsockets contexts.
///
/// Shut it down before the loop: the loop does not end while connections are open on it. Needs the Debian package
/// `libwebsockets-evlib-uv` at run time.
package actor WebSocketClient {
    private nonisolated let loop: EventLoop
    package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private let certificateAuthorities: String?
    private let limits: WebSocketClientLimits
    private let logger: Logger
    private var isShutDown = false

    /// A client; nothing is opened until the first `connect`.
    ///
    /// - Parameter certificateAuthorities: PEM file of authorities to trust instead of the system's, for `wss://`.
    package init(
        on loop: EventLoop,
        certificateAuthorities: String? = nil,
        logger: Logger = .silent,
        limits: WebSocketClientLimits = .init()
    ) {
        self.loop = loop
        self.certificateAuthorities = certificateAuthorities
        self.logger = logger
        self.limits = limits
    }

    /// Opens a connection and returns when the handshake is over.
    ///
    /// - Parameters:
    ///   - url: `ws://<host>:<port>/<path>` or `wss://…`; a name is looked up first, its first address taken.
    ///   - subprotocols: offered to the server, in this order.
    ///   - handler: called on the loop from then on; retained until the connection is closed.
    ///   - deadline: limit for connecting and handshake together; the resolver has limits of its own.
    /// - Throws: `WebSocketError`, or `CancellationError` when the task is cancelled.
    package func connect(
        to url: String,
        subprotocols: [String] = [],
        handler: any WebSocketHandler,
        deadline: Duration = .seconds(10)
    ) async throws -> any WebSocketClientConnection {
        let address = try WebSocketAddress(url)
        let ip = try await ip(of: address, url)
        guard !isShutDown else { throw shutDownError(url) }
        LWSLog.route(to: logger)
        let context = try LWSContext.on(loop, address.isSecure ? .authorities(certificateAuthorities) : .plain)
        guard context.connections.count < LWSContext.maximumConnections else {
            throw WebSocketError(
                code: .unavailable,
                message: "This loop already has its limit of \(LWSContext.maximumConnections) WebSockets"
            )
        }
        let connection = LWSConnection(
            id: context.nextID(),
            owner: ObjectIdentifier(self),
            url: url,
            on: loop,
            handler: handler,
            limits: limits
        )
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                if Task.isCancelled {
                    continuation.resume(throwing: CancellationError())
                } else if isShutDown {
                    continuation.resume(throwing: shutDownError(url))
                } else {
                    connection.assumeIsolated {
                        $0.begin(
                            continuation,
                            in: context,
                            to: address,
                            at: ip,
                            subprotocols: subprotocols.isEmpty ? nil : subprotocols.joined(separator: ", "),
                            deadline: deadline
                        )
                    }
                }
            }
        } onCancel: {
            connection.cancelConnect()
        }
    }

    private func ip(of address: WebSocketAddress, _ url: String) async throws(WebSocketError) -> String {
        // What it means to everybody, whatever the machine's tables say first.
        if address.host.lowercased() == "localhost" { return "127.0.0.1" }
        if HostLookup.isAddress(address.host) { return address.host }
        do {
            return try await HostLookup.resolve(address.host, on: loop)
        } catch {
            throw WebSocketError(code: .connectFailed, message: "Cannot open the WebSocket \(url): \(error)")
        }
    }

    private func shutDownError(_ url: String) -> WebSocketError {
        WebSocketError(code: .closed, message: "Cannot open \(url): the WebSocket client was shut down")
    }

    /// Ends every connection, telling its handler; returns when none of them is left on the loop.
    package func shutdown() async {
        isShutDown = true
        for connection in LWSContext.all(on: loop).flatMap(\.connections.values)
        where connection.owner == ObjectIdentifier(self) {
            await connection.shutDown()
        }
    }
}
