/// Sends HTTP requests; the seam that tests of clients replace.
package protocol HTTPTransport: Sendable {
    /// Sends one request and reads the whole answer.
    ///
    /// Any status is an answer, never an error; nothing is retried here.
    /// - Throws: `HTTPClientError` when there is no complete answer, `CancellationError` when the task was cancelled.
    func execute(_ request: HTTPClientRequest) async throws -> HTTPClientResponse
}
