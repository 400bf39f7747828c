import HTTPServer

/// Pages of other origins: only those on an exact list, and never with cookies, since there are none.
struct CrossOrigin: Sendable {
    private static let requestHeaders =
        "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Range, X-API-Key, X-Request-Id, traceparent"
    private static let answerHeaders =
        "Content-Disposition, ETag, Idempotency-Replayed, Location, RateLimit, RateLimit-Policy, Retry-After, "
        + "X-Request-Id"

    let origins: Set<String>

    /// Whether a page of that origin may read answers.
    private func isAllowed(_ request: HTTPRequest) -> String? {
        request.headers["origin"].flatMap { origins.contains($0) ? $0 : nil }
    }

    /// The answer to a browser that asks whether it may; nil when this is no such question.
    ///
    /// - Parameter methods: what the path serves.
    func preflight(_ request: HTTPRequest, methods: (_ wanted: String) -> [String]) -> HTTPResponse? {
        guard request.method == "OPTIONS", let origin = isAllowed(request),
            let wanted = request.headers["access-control-request-method"]
        else { return nil }
        let served = methods(wanted)
        guard !served.isEmpty else { return nil }
        return HTTPResponse(
            status: 204,
            headers: [
                "Access-Control-Allow-Origin": origin,
                "Access-Control-Allow-Methods": served.joined(separator: ", "),
                "Access-Control-Allow-Headers": Self.requestHeaders,
                "Access-Control-Max-Age": "600",
            ]
        )
    }

    /// Adds what lets the page read the answer.
    func mark(_ response: inout HTTPResponse, to request: HTTPRequest) {
        guard !origins.isEmpty else { return }
        response.headers.append("Vary", "Origin")
        guard let origin = isAllowed(request) else { return }
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = Self.answerHeaders
    }
}
