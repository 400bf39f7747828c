extension HTTPResponse {
    /// Bytes with their type.
    package static func bytes(_ bytes: [UInt8], type: String, status: Int = 200) -> HTTPResponse {
        HTTPResponse(status: status, headers: ["Content-Type": type], body: .bytes(bytes))
    }

    /// Plain text in UTF-8.
    package static func text(_ text: String, status: Int = 200) -> HTTPResponse {
        bytes(Array(text.utf8), type: "text/plain; charset=utf-8", status: status)
    }

    /// A page in UTF-8.
    package static func html(_ html: String, status: Int = 200) -> HTTPResponse {
        bytes(Array(html.utf8), type: "text/html; charset=utf-8", status: status)
    }

    /// A file, whole or the part the request's `Range` asks for.
    ///
    /// - Parameters:
    ///   - length: bytes of the file now.
    ///   - type: its media type.
    ///   - tag: its strong entity tag, in quotes.
    package static func file(
        _ path: String,
        length: Int,
        type: String,
        tag: String,
        for request: HTTPRequest
    ) -> HTTPResponse {
        var headers: HTTPFields = ["Content-Type": type, "Accept-Ranges": "bytes", "ETag": tag]
        // RFC 9110 §14.2: a range is defined for GET only.
        let takesRange = request.method == "GET" && isUnchanged(tag, since: request)
        switch takesRange ? HTTPByteRange.parse(request.headers["range"], length: length) : .whole {
        case .whole: return HTTPResponse(status: 200, headers: headers, body: .file(path: path, range: nil))
        case .part(let range):
            headers["Content-Range"] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(length)"
            return HTTPResponse(status: 206, headers: headers, body: .file(path: path, range: range))
        case .unsatisfiable:
            headers["Content-Range"] = "bytes */\(length)"
            return HTTPResponse(status: 416, headers: headers)
        }
    }

    /// Whether `If-Range` lets a part be sent (RFC 9110 §13.1.5): who has parts of another file must get all of this one. A
    /// weak tag never matches, and neither does a time: none is told.
    private static func isUnchanged(_ tag: String, since request: HTTPRequest) -> Bool {
        let fields = request.headers.values("if-range")
        return fields.isEmpty || fields == [tag]
    }
}
