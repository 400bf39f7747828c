import HTTPServer
import WebSockets

/// The fields of a 101, without questions asked.
struct WebSocketHandshakeAnswer {
    var headers: HTTPFields = []

    init(_ request: HTTPRequest) throws {
        let handshake = try WebSocketHandshake(
            method: request.method,
            minorVersion: request.minorVersion,
            values: request.headers.values
        )
        for (name, value) in handshake.headers { headers.append(name, value) }
    }
}
