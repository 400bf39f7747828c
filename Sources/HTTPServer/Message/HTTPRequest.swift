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

/// The body of a request: pulled, so a slow handler slows the client instead of filling memory.
package struct HTTPRequestBody: Sendable {
    /// Declared length in bytes; nil for a chunked body.
    package let length: Int?
    private let next: @Sendable () async throws -> [UInt8]?

    /// A body whose pieces come from `next`, which returns nil at the end.
    package init(length: Int?, next: @escaping @Sendable () async throws -> [UInt8]?) {
        self.length = length
        self.next = next
    }

    /// No body.
    package static let empty = HTTPRequestBody(length: 0) { nil }

    /// The next piece, or nil at the end.
    ///
    /// - Throws: when the client goes away, is too slow, or breaks the framing.
    package func read() async throws -> [UInt8]? { try await next() }
}
