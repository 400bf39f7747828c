package import Telemetry
import WebSockets

/// The browser's WebSocket, at the address it printed.
package struct CDPWebSocketTransport: CDPTransport {
    private let client: WebSocketClient
    private let socket: any WebSocketClientConnection

    /// Connects on the connection's loop and opens it.
    ///
    /// - Throws: `CDPError` with `disconnected` when the browser does not answer there.
    package static func connect(
        _ connection: CDPConnection,
        to url: String,
        logger: Logger = .silent
    ) async throws -> CDPWebSocketTransport {
        let client = WebSocketClient(on: connection.loop, logger: logger)
        do {
            let socket = try await client.connect(to: url, handler: connection)
            let transport = CDPWebSocketTransport(client: client, socket: socket)
            await connection.open(transport)
            return transport
        } catch {
            await client.shutdown()
            throw error is CancellationError
                ? error : CDPError(.disconnected, "Cannot connect to the browser: \(error)")
        }
    }

    package func send(_ message: [UInt8]) throws { try socket.send(message) }
    package func close() { socket.close(code: 1000) }

    /// Gives the loop back everything it holds there; the connection is over then.
    package func shutdown() async { await client.shutdown() }
}
