/// One answer of a route when all is well.
package struct APIAnswer: Sendable {
    package let status: Int
    /// One line for people.
    package let summary: String
    /// Media type and form of the body; nil when there is none.
    package let content: (type: String, schema: APISchema)?
    /// Header fields that come with it.
    package let headers: [String]

    /// 200 with JSON.
    static func json(_ schema: APISchema, _ summary: String, headers: [String] = []) -> APIAnswer {
        json(200, schema, summary, headers: headers)
    }

    static func json(_ status: Int, _ schema: APISchema, _ summary: String, headers: [String] = []) -> APIAnswer {
        APIAnswer(status: status, summary: summary, content: ("application/json", schema), headers: headers)
    }

    /// JSON under a media type of its own.
    static func document(_ type: String, _ schema: APISchema, _ summary: String) -> APIAnswer {
        APIAnswer(status: 200, summary: summary, content: (type, schema), headers: [])
    }

    /// Something that is no JSON.
    static func other(_ type: String, _ summary: String, status: Int = 200, headers: [String] = []) -> APIAnswer {
        APIAnswer(status: status, summary: summary, content: (type, .bytes), headers: headers)
    }

    static func empty(_ status: Int, _ summary: String, headers: [String] = []) -> APIAnswer {
        APIAnswer(status: status, summary: summary, content: nil, headers: headers)
    }

    /// What a file is answered with.
    static let file: [APIAnswer] = [
        .other("*/*", "The file", headers: ["ETag", "Content-Disposition"]),
        .other("*/*", "The part asked for", status: 206, headers: ["ETag", "Content-Range"]),
        .empty(304, "You have it", headers: ["ETag"]),
    ]
}
