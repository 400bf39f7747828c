import JSON

/// A value that comes in the query or in a header field.
package struct APIParameter: Sendable {
    /// Where it stands.
    package enum Place: String, Sendable {
        case query, header, path
    }

    package let name: String
    package let place: Place
    package let schema: APISchema
    /// One line for people.
    package let summary: String
    package let isRequired: Bool

    private init(_ name: String, _ place: Place, _ schema: APISchema, _ summary: String, isRequired: Bool) {
        self.name = name
        self.place = place
        self.schema = schema
        self.summary = summary
        self.isRequired = isRequired
    }

    static func query(_ name: String, _ schema: APISchema, _ summary: String, isRequired: Bool = false) -> APIParameter
    {
        APIParameter(name, .query, schema, summary, isRequired: isRequired)
    }

    static func header(_ name: String, _ schema: APISchema, _ summary: String) -> APIParameter {
        APIParameter(name, .header, schema, summary, isRequired: false)
    }

    /// What stands in braces in a path.
    static func path(_ name: String) -> APIParameter {
        let summary =
            switch name {
            case "name": "Name of the file"
            case "job_id": "Id of the job"
            default: "The id, as the list or the creation answered it"
            }
        return APIParameter(name, .path, .text(1...200), summary, isRequired: true)
    }

    // MARK: Often used

    static func limit(_ most: Int, default fallback: Int) -> APIParameter {
        query("limit", .integer(1...most, default: fallback), "At most so many")
    }

    /// How long an answer may be put off.
    static func wait(until event: String) -> APIParameter {
        query("wait", .duration.with(example: "1s"), "Answers when \(event), or after this time, at most 60s")
    }

    static let cursor = query("cursor", .text, "Where the page before ended: its next_cursor")
    static let after = query("after", .integer(0 ... .max, default: 0), "Only what follows this position")
    static let ifNoneMatch = header("If-None-Match", .text, "The ETag you have: 304 when nothing changed")
    static let ifMatch = header("If-Match", .text, "The ETag the job must still have: 412 when it has changed")
    static let range = header("Range", .text, "A part of the file: bytes=0-999")
    static let ifRange = header("If-Range", .text, "The ETag of what you have parts of: all of it when it has changed")
}
