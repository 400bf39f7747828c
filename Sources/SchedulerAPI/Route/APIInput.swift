package import JSON

/// The body a route takes.
package struct APIInput: Sendable {
    /// Media types with what is in them and a body such as clients send; the first is the usual one.
    ///
    /// The example of a type that is no JSON is text; a file has none.
    package let content: [(type: String, schema: APISchema, example: JSONValue?)]
    /// Whether a request without a body is refused.
    package let isRequired: Bool
    /// Whether it is a file, which may be larger than a document.
    package let isFile: Bool

    /// A JSON object.
    static func json(_ schema: APISchema, isRequired: Bool = true, example: JSONValue) -> APIInput {
        APIInput(content: [("application/json", schema, example)], isRequired: isRequired, isFile: false)
    }

    /// A document in several forms.
    static func document(_ content: [(type: String, schema: APISchema, example: JSONValue)]) -> APIInput {
        APIInput(
            content: content.map { ($0.type, $0.schema, $0.example) },
            isRequired: true,
            isFile: false
        )
    }

    /// Bytes of any type; an empty file is no body to HTTP.
    static let file = APIInput(content: [("application/octet-stream", .bytes, nil)], isRequired: false, isFile: true)
}
