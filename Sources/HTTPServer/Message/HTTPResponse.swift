/// What a handler answers.
package struct HTTPResponse: Sendable {
    /// Where the bytes of the answer come from.
    package enum Body: Sendable {
        case bytes([UInt8])
        /// A file, sent in pieces from disk; `range` in bytes, nil for all of it.
        case file(path: String, range: Range<Int>?)
        /// Pieces pulled one by one until nil; sent chunked unless `length` is known.
        case stream(length: Int?, next: @Sendable () async throws -> [UInt8]?)
        /// The connection leaves HTTP: 101 is sent, then the socket with the bytes already read is handed over.
        ///
        /// The listener counts the connection as open until the closure returns, and cancels its task on `close`.
        case upgrade(@Sendable (UpgradedConnection) async -> Void)
    }

    /// Status code; 101 only together with `.upgrade`.
    package var status: Int
    /// Header fields; `Date`, `Content-Length`, `Transfer-Encoding` and `Connection` are the server's business.
    package var headers: HTTPFields
    /// The answer's bytes.
    package var body: Body

    /// An answer.
    package init(status: Int, headers: HTTPFields = [], body: Body = .bytes([])) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}
