/// Answers requests; called on the connection's loop, may suspend as long as the handler deadline allows.
package protocol HTTPHandler: Sendable {
    /// Answers one request.
    ///
    /// The task is cancelled when the client resets the connection; a client that only ended its side is still answered.
    /// - Throws: `HTTPServerError` to answer with its status, with `closed` to close the connection without an answer; any
    ///   other error becomes a 500 without details.
    func respond(to request: HTTPRequest) async throws -> HTTPResponse

    /// Most bytes the body of a request may have, nil for the listener's limit; asked before the body is read.
    func bodyLimit(method: String, path: String) -> Int?
}

extension HTTPHandler {
    /// The listener's limit.
    package func bodyLimit(method: String, path: String) -> Int? { nil }
}
