extension Problem {
    /// What problems look like.
    static let schemas: [(name: String, schema: APISchema)] = [
        (
            "Problem",
            APISchema.open([
                "type": .text.described("A stable name: urn:cpa:problem:<code>"), "title": .text,
                "status": .integer(400...599), "detail": .text.described("What happened, and what to try"),
                "code": .text.described("A stable word for programs"), "request_id": .text,
                "errors?": .array(.ref("ProblemDetail")), "reason?": .ref("ReasonCode"), "retryable?": .bool,
            ]).described("RFC 9457")
        ),
        (
            "ProblemDetail",
            APISchema.object([
                "pointer?": .text.described("JSON pointer into the body"),
                "parameter?": .text.described("Query parameter or header field"), "line?": .count, "column?": .count,
                "detail": .text,
            ]).described("One thing that is wrong with the input")
        ),
    ]
}
