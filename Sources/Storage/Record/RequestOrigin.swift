/// The request that something came with: found again in logs, jobs and the audit.
package struct RequestOrigin: Hashable, Sendable {
    /// The request's id, the client's own or ours.
    package var request: String
    /// W3C Trace Context of the client: `traceparent`.
    package var trace: String?

    /// A request.
    package init(request: String, trace: String? = nil) {
        self.request = request
        self.trace = trace
    }
}
