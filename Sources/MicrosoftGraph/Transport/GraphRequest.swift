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
    /// How many elements a page of changes should have.
    var pageSize: Int?
    /// Whether doing it twice is the same as doing it once.
    ///
    /// What may be repeated is, after a lost answer or a 5xx; what may not ends in `unknownOutcome`.
    var mayRepeat: Bool

    /// Length of the body.
    var bodyBytes: Int {
        switch body {
        case .none: 0
        case .bytes(let bytes): bytes.count
        case .file(_, let range): range.count
        }
    }

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

    static func patch(_ path: String, _ json: JSONObject, mayRepeat: Bool) -> GraphRequest {
        var request = post(path, json, mayRepeat: mayRepeat)
        request.method = "PATCH"
        return request
    }

    static func delete(_ path: String) -> GraphRequest { GraphRequest(method: "DELETE", path: path, mayRepeat: true) }
}
