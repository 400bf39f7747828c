import HTTPClient
import JSON

/// A request to Graph, before token and ids.
struct GraphRequest: Sendable {
    var method: String
    /// Below the base URL with its version, encoded, with query.
    var path: String
    var body: HTTPClientRequest.Body = .none
    /// `application/json` when there is a body that says nothing else.
    var contentType: String?
    var sink: HTTPClientRequest.Sink = .memory(limit: 16 << 20)
    /// Whether bodies are wanted as plain text.
    var prefersText = false
    /// Whether doing it twice is the same as doing it once.
    ///
    /// What may be repeated is, after a lost answer or a 5xx; what may not ends in `unknownOutcome`.
    var mayRepeat: Bool

    static func get(_ path: String, sink: HTTPClientRequest.Sink = .memory(limit: 16 << 20)) -> GraphRequest {
        GraphRequest(method: "GET", path: path, sink: sink, mayRepeat: true)
    }

    static func post(_ path: String, _ json: JSONObject, mayRepeat: Bool) -> GraphRequest {
        GraphRequest(
            method: "POST",
            path: path,
            body: .bytes(json.serialized()),
            contentType: "application/json",
            mayRepeat: mayRepeat
        )
    }

    static func delete(_ path: String) -> GraphRequest { GraphRequest(method: "DELETE", path: path, mayRepeat: true) }
}
