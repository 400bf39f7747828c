/// A request to another service.
package struct HTTPClientRequest: Sendable {
    /// What is sent as the body.
    package enum Body: Sendable {
        /// No body and no Content-Length.
        case none
        /// These bytes; an empty array sends `Content-Length: 0`.
        case bytes([UInt8])
        /// Part of a file, streamed from disk; `range` in bytes.
        case file(path: String, range: Range<Int>)
    }

    /// Where the answer's body goes.
    package enum Sink: Sendable {
        /// Into memory, at most this many bytes; more is an error.
        case memory(limit: Int)
        /// Into a file that is created or truncated, at most this many bytes; the body of an answer other than 2xx stays in
        /// memory, its first 64 KiB, because it explains the failure.
        case file(path: String, limit: Int)
        /// Nowhere, however much of it comes within the time: only status and header fields count.
        case nowhere
    }

    /// Upper-case method.
    package var method: String
    /// Absolute http or https URL.
    package var url: String
    /// Header fields, sent as they are.
    package var headers: [(name: String, value: String)]
    /// The body.
    package var body: Body
    /// Where the answer goes.
    package var sink: Sink
    /// Limit for connecting.
    package var connectTimeout: Duration
    /// Limit for everything.
    package var timeout: Duration
    /// How long nothing may come or go, in whole seconds; it is noticed some seconds later. For files, which may take long. Nil
    /// for as long as `timeout`.
    package var stallLimit: Duration?
    /// PEM file of certificate authorities to trust instead of the system's.
    package var certificateAuthorities: String?
    /// Whether the answer may come as gzip; it is unpacked, and the sink's limit holds for what comes out.
    package var acceptsGzip: Bool
    /// Asked with each numeric address right before it is connected to; false leaves it out. Nil allows all.
    ///
    /// Such a request opens a connection of its own: one that is kept was perhaps opened without the question.
    package var permits: (@Sendable (_ address: String, _ port: Int) -> Bool)?

    /// A request with the house's limits: 10 s to connect, 60 s in all, 16 MiB of answer.
    package init(
        method: String,
        url: String,
        headers: [(name: String, value: String)] = [],
        body: Body = .none,
        sink: Sink = .memory(limit: 16 << 20),
        connectTimeout: Duration = .seconds(10),
        timeout: Duration = .seconds(60),
        certificateAuthorities: String? = nil,
        acceptsGzip: Bool = false
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.sink = sink
        self.connectTimeout = connectTimeout
        self.timeout = timeout
        self.certificateAuthorities = certificateAuthorities
        self.acceptsGzip = acceptsGzip
    }
}

/// The answer of another service.
package struct HTTPClientResponse: Sendable {
    /// Status code.
    package var status: Int
    /// Header fields in the order received.
    package var headers: [(name: String, value: String)]
    /// The body; empty when it went to a file, or nowhere.
    package var body: [UInt8]

    /// An answer, for tests of clients.
    package init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}
