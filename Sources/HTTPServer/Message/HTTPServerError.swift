/// Why a request was not served; a handler may throw one to answer with its status.
package struct HTTPServerError: Error, Sendable, CustomStringConvertible {
    /// The kind of refusal, each with its status.
    package struct Code: Hashable, Sendable {
        /// Status of the answer; 0 when none can be sent.
        package let status: Int
        private let isOverload: Bool

        private init(status: Int, isOverload: Bool = false) {
            self.status = status
            self.isOverload = isOverload
        }

        /// The bytes are not the HTTP/1.1 we speak.
        ///
        /// The client must be corrected.
        package static let badRequest = Code(status: 400)
        /// Nothing is served under that path.
        package static let notFound = Code(status: 404)
        /// The path exists, the method does not.
        package static let methodNotAllowed = Code(status: 405)
        /// The client sends too slowly; it may try again.
        package static let timeout = Code(status: 408)
        /// The route needs a body and none was announced.
        package static let lengthRequired = Code(status: 411)
        /// The body is larger than the route takes.
        package static let payloadTooLarge = Code(status: 413)
        /// The request line is larger than the limit.
        package static let targetTooLong = Code(status: 414)
        /// `Expect` asks for something other than `100-continue`.
        package static let expectationFailed = Code(status: 417)
        /// The request is not for this host.
        package static let misdirected = Code(status: 421)
        /// The route speaks WebSocket only, and the handshake is not right.
        package static let upgradeRequired = Code(status: 426)
        /// The header block is larger than the limit.
        package static let headerTooLarge = Code(status: 431)
        /// A handler failed or answered what cannot be sent.
        package static let internalError = Code(status: 500)
        /// A transfer coding other than `chunked`.
        package static let notImplemented = Code(status: 501)
        /// The server is closing or has too many connections; try again.
        package static let unavailable = Code(status: 503)
        /// There is no memory for the body beside those of all other requests, or of its owner's; try again.
        package static let overloaded = Code(status: 503, isOverload: true)
        /// A version other than HTTP/1.0 and HTTP/1.1.
        package static let versionNotSupported = Code(status: 505)
        /// The connection is gone; nobody is there to answer.
        package static let closed = Code(status: 0)
    }

    /// The kind of refusal.
    package var code: Code
    /// One sentence, safe to show to the client.
    package var message: String
    /// Fields the answer must carry, such as `Allow`.
    package var headers: HTTPFields
    /// The sentence.
    package var description: String { message }

    /// A refusal.
    package init(_ code: Code, _ message: String, headers: HTTPFields = []) {
        self.code = code
        self.message = message
        self.headers = headers
    }
}
