import HTTPServer

/// What a caller shows.
enum Credential: Sendable, Hashable {
    /// An API key or a token of an identity provider.
    case text(String)
    /// A ticket for one WebSocket.
    case ticket(String)

    /// Reads `X-API-Key`, `Authorization: Bearer`, or `key.<key>` and `ticket.<ticket>` among a WebSocket's subprotocols.
    init?(_ request: HTTPRequest) {
        if let key = request.headers["x-api-key"] {
            self = .text(key)
            return
        }
        if let authorization = request.headers["authorization"] {
            let parts = authorization.split(separator: " ")
            guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
            self = .text(String(parts[1]))
            return
        }
        for value in request.headers.values("sec-websocket-protocol") {
            for word in value.split(separator: ",") {
                let name = word.filter { $0 != " " && $0 != "\t" }
                if name.hasPrefix("key.") {
                    self = .text(String(name.dropFirst(4)))
                    return
                }
                if name.hasPrefix("ticket.") {
                    self = .ticket(String(name.dropFirst(7)))
                    return
                }
            }
        }
        return nil
    }
}
