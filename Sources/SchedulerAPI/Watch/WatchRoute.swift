import HTTPServer
import JobModel
import JobScheduler
import WebSockets

/// `GET /ws/jobs/{id}`: everything is checked before the connection leaves HTTP.
enum WatchRoute {
    static let subprotocol = "cpa.v1"

    static func open(_ call: APICall) async throws -> HTTPResponse {
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
        let since = try call.query("since", "a position from 0") { Int64($0).flatMap { $0 >= 0 ? $0 : nil } } ?? 0
        // A wrong job is a 404 that every client understands, not a close code.
        _ = try await call.scheduler.job(call.job, for: call.caller)
        let session = WatchSession(call, since: since, key: APIServer.key(call.request))
        var response = HTTPResponse(status: 101, body: .upgrade { await session.run(on: $0) })
        for (name, value) in handshake.headers { response.headers.append(name, value) }
        return response
    }

    /// A page of another site must not open a WebSocket with what the browser knows of the user.
    private static func checkOrigin(_ call: APICall) throws {
        guard let origin = call.request.headers["origin"] else { return }
        let host = call.request.headers["host"] ?? ""
        let isOwn = origin == "http://\(host)" || origin == "https://\(host)"
        guard isOwn || call.server.settings.allowedOrigins.contains(origin) else {
            throw Problem(
                status: 403,
                code: "forbidden",
                detail: "Pages of '\(origin.prefix(100))' may not watch jobs here; the operator can allow the origin"
            )
        }
    }
}
