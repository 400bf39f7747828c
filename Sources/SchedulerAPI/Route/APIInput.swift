/// The body a route takes.
package struct APIInput: Sendable {
    /// Media types with what is in them; the first is the usual one.
    package let content: [(type: String, schema: APISchema)]
    /// Whether a request without a body is refused.
    package let isRequired: Bool
    /// Whether it is a file, which may be larger than a document.
    package let isFile: Bool

    /// A JSON object.
    static func json(_ schema: APISchema, isRequired: Bool = true) -> APIInput {
        APIInput(content: [("application/json", schema)], isRequired: isRequired, isFile: false)
    }

    /// A document in several forms.
    static func document(_ content: [(type: String, schema: APISchema)]) -> APIInput {
        APIInput(content: content, isRequired: true, isFile: false)
    }

    /// Bytes of any type; an empty file is no body to HTTP.
    static let file = APIInput(content: [("application/octet-stream", .bytes)], isRequired: false, isFile: true)
}
