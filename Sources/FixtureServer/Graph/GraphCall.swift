import HTTPServer
import JSON

/// A request to Graph that was read and may be acted on.
struct GraphCall: Sendable {
    let method: String
    /// Behind the version, in one form.
    let segments: [String]
    /// Scheme and host the client used, for URLs in answers.
    let origin: String
    let path: String
    let query: [String: String]
    let headers: HTTPFields
    let body: [UInt8]
    /// Milliseconds since 1970.
    let now: Int64

    var wantsImmutableIDs: Bool {
        headers.values("Prefer").contains { $0.lowercased().filter { $0 != " " }.contains("idtype=\"immutableid\"") }
    }

    /// The body as an object.
    func json() throws(GraphFailure) -> JSONObject {
        let type = headers["Content-Type"]?.lowercased() ?? ""
        guard type.hasPrefix("application/json") else {
            throw GraphFailure(
                status: 415,
                code: "UnsupportedMediaType",
                message: "The content type '\(type)' is not supported; use application/json."
            )
        }
        guard let object = (try? JSONValue(parsing: body))?.object else {
            throw .badRequest(
                "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format."
            )
        }
        return object
    }
}

extension JSONObject {
    /// A parameter of an action in either casing: docs write `message`, the service's metadata `Message`.
    func parameter(_ name: String) -> JSONValue? {
        self[name] ?? self[name.prefix(1).uppercased() + name.dropFirst()]
    }
}
