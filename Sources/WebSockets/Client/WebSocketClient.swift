package import EventLoops
package import Telemetry

/// Opens WebSockets from one event loop; all clients of a loop share one libwebsockets context.
///
/// Shut it down before the loop: the loop does not end while connections are open on it. Needs the Debian package
/// `libwebsockets-evlib-uv` at run time.
package actor WebSocketClient {
    private nonisolated let loop: EventLoop
    package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private let limits: WebSocketClientLimits
    private let logger: Logger
    private var isShutDown = false

    /// A client; nothing is opened until the first `connect`.
    package init(on loop: EventLoop, logger: Logger = .silent, limits: WebSocketClientLimits = .init()) {
        self.loop = loop
        self.logger = logger
        self.limits = limits
    }

    /// Opens a connection and returns when the handshake is over.
    ///
    /// - Parameters:
    ///   - url: `ws://<IP address>:<port>/<path>`.
    ///   - subprotocols: offered to the server, in this order.
    ///   - handler: called on the loop from then on; retained until the connection is closed.
    ///   - deadline: limit for connecting and handshake together.
    /// - Throws: `WebSocketError`, or `CancellationError` when the task is cancelled.
    package func connect(
        to url: String,
        subprotocols: [String] = [],
        handler: any WebSocketHandler,
        deadline: Duration = .seconds(10)
    ) async throws -> any WebSocketClientConnection {
        let address = try WebSocketAddress(url)
        guard !isShutDown else { throw shutDownError(url) }
        LWSLog.route(to: logger)
        let context = try LWSContext.on(loop)
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

    private func shutDownError(_ url: String) -> WebSocketError {
        WebSocketError(code: .closed, message: "Cannot open \(url): the WebSocket client was shut down")
    }

    /// Ends every connection, telling its handler; returns when none of them is left on the loop.
    package func shutdown() async {
        isShutDown = true
        guard let context = try? LWSContext.on(loop) else { return }
        for connection in context.connections.values where connection.owner == ObjectIdentifier(self) {
            await connection.shutDown()
        }
    }
}
