/// A request whose head was read and checked; its body may still be arriving.
package struct HTTPRequest: Sendable {
    /// Upper-case method, as sent.
    package var method: String
    /// Path of the target, percent-encoded as sent, without the query; begins with `/`.
    package var path: String
    /// The query without `?`, percent-encoded as sent; nil when there was none.
    package var query: String?
    /// Header fields in the order sent.
    package var headers: HTTPFields
    /// The body; empty when the request has none.
    package var body: HTTPRequestBody
    /// 1 for HTTP/1.1, 0 for HTTP/1.0.
    package var minorVersion = 1
    /// Whether it came over TLS.
    package var isSecure = false
    /// The peer's IP address, without port.
    package var remoteAddress: String

    /// Puts a request together, for tests of handlers.
    package init(
        method: String,
        path: String,
        query: String? = nil,
        headers: HTTPFields = [],
        body: HTTPRequestBody = .empty,
        remoteAddress: String = "127.0.0.1"
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.remoteAddress = remoteAddress
    }
}
