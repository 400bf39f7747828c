import Cryptography
import HTTPServer
import JSON

/// A request to Graph that was read and may be acted on.
struct GraphCall: Sendable {
    let method: String
    /// Behind the version, in one form.
    let segments: [String]
    /// Scheme and host the client used, for URLs in answers.
    let origin: String
    /// Scheme and host of the upload host.
    let uploadOrigin: String
    let path: String
    let query: [String: String]
    let headers: HTTPFields
    let body: [UInt8]
    /// Milliseconds since 1970.
    let now: Int64
    /// Whether the application may see everything but contents (`Mail.ReadBasic.All`).
    var seesBasicsOnly = false

    // MARK: Preferences

    /// The preferences the client has (RFC 7240), in lower case, without spaces.
    private var preferences: [String] {
        headers.values("Prefer").flatMap { $0.split(separator: ",") }.map { $0.lowercased().filter { $0 != " " } }
    }

    var wantsImmutableIDs: Bool { preferences.contains("idtype=\"immutableid\"") }
    var prefersText: Bool { preferences.contains("outlook.body-content-type=\"text\"") }
    /// `Prefer: odata.maxpagesize=n`
    var preferredPageSize: Int? {
        let name = "odata.maxpagesize="
        let value = preferences.first { $0.hasPrefix(name) }?.dropFirst(name.count)
        return value.flatMap { Int($0) }.map { max(1, min($0, 1000)) }
    }

    // MARK: Query

    /// A system query option, however its name is written.
    func queryField(_ name: String) -> String? {
        query.first { $0.key.drop { $0 == "$" }.lowercased() == name }?.value
    }

    /// The URL of this request with some of its query options replaced.
    func link(with options: [String: String]) -> String {
        let replaced = Set(options.keys.map { $0.drop { $0 == "$" }.lowercased() })
        let kept = query.filter { !replaced.contains($0.key.drop { $0 == "$" }.lowercased()) }
        let fields = (kept.sorted { $0.key < $1.key } + options.sorted { $0.key < $1.key }).map {
            "\(PercentCoding.encode($0.key))=\(PercentCoding.encode($0.value))"
        }
        return "\(origin)\(path)?" + fields.joined(separator: "&")
    }

    // MARK: Body

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

    /// The body as an object; nothing at all counts as an empty one, as actions without parameters send it.
    func parameters() throws(GraphFailure) -> JSONObject { body.isEmpty ? JSONObject() : try json() }

    /// The MIME message of a `text/plain` body, base64; nil for any other type.
    func mime() throws(GraphFailure) -> [UInt8]? {
        guard headers["Content-Type"]?.lowercased().hasPrefix("text/plain") == true else { return nil }
        let text = String(decoding: body, as: UTF8.self).filter { !$0.isWhitespace }
        guard !text.isEmpty, let bytes = try? Base64.decode(text) else {
            throw .badRequest(
                "Invalid base64 string for MIME content.",
                code: "ErrorMimeContentInvalidBase64String"
            )
        }
        return bytes
    }

    // MARK: Answer

    /// An answer in JSON that says which preferences were followed.
    func answer(_ status: Int, _ json: JSONObject) -> GraphAnswer {
        var answer = GraphAnswer(status: status, body: .json(json))
        var applied: [String] = []
        if wantsImmutableIDs { applied.append("IdType=\"ImmutableId\"") }
        if prefersText { applied.append("outlook.body-content-type=\"text\"") }
        if !applied.isEmpty { answer.headers.append(("Preference-Applied", applied.joined(separator: ", "))) }
        return answer
    }
}

extension JSONObject {
    /// A parameter of an action in either casing: docs write `message`, the service's metadata `Message`.
    func parameter(_ name: String) -> JSONValue? {
        self[name] ?? self[name.prefix(1).uppercased() + name.dropFirst()]
    }
}
