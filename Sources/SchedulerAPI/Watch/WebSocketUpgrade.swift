import HTTPServer
import WebSockets

/// What every WebSocket of the API asks for before the connection leaves HTTP.
enum WebSocketUpgrade {
    static let subprotocol = "cpa.v1"

    /// Checks handshake and origin.
    ///
    /// - Returns: makes the answer that hands the connection over.
    /// - Throws: `Problem`, which every client understands better than a close code.
    static func response(
        to call: APICall
    ) throws -> (@escaping @Sendable (UpgradedConnection) async -> Void) -> HTTPResponse {
        let handshake: WebSocketHandshake
        do {
            handshake = try WebSocketHandshake(
                method: call.request.method,
                minorVersion: call.request.minorVersion,
                subprotocols: [subprotocol],
                values: call.request.headers.values
            )
        } catch {
            var headers: HTTPFields = []
            for (name, value) in error.headers { headers.append(name, value) }
            throw Problem(status: error.status, code: "upgrade_required", detail: error.message, headers: headers)
        }
        try checkOrigin(call)
        return { body in
            var response = HTTPResponse(status: 101, body: .upgrade(body))
            for (name, value) in handshake.headers { response.headers.append(name, value) }
            return response
        }
    }

    /// A page of another site must not open a WebSocket with what the browser knows of the user.
    private static func checkOrigin(_ call: APICall) throws {
        guard let origin = call.request.headers["origin"] else {
            guard call.isByTicket else { return }
            throw Problem(
                status: 403,
                code: "forbidden",
                detail: "A ticket is for pages, and theirs come with an Origin; a program sends its key in X-API-Key"
            )
        }
        let host = call.request.headers["host"] ?? ""
        let isOwn = origin == "http://\(host)" || origin == "https://\(host)"
        guard isOwn || call.server.settings.allowedOrigins.contains(origin) else {
            throw Problem(
                status: 403,
                code: "forbidden",
                detail: "Pages of '\(origin.prefix(100))' may not connect here; the operator can allow the origin"
            )
        }
    }
}
