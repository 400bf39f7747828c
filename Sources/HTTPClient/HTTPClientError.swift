/// Why there is no complete answer.
package struct HTTPClientError: Error, CustomStringConvertible, Sendable {
    /// What kind of failure it was.
    package struct Code: Hashable, Sendable {
        private enum Kind: Hashable {
            case invalidRequest, couldNotResolve, couldNotConnect, tls, timeout, connectionLost, invalidResponse,
                tooLarge
            case file, closed, addressRefused
        }
        private let kind: Kind

        /// The request cannot be sent as it is: URL, method, header or body; correct it.
        package static let invalidRequest = Code(kind: .invalidRequest)
        /// The host's name has no address; check the name, or the network's DNS.
        package static let couldNotResolve = Code(kind: .couldNotResolve)
        /// Nobody answers at that address and port; check that the service runs.
        package static let couldNotConnect = Code(kind: .couldNotConnect)
        /// The TLS handshake or the certificate check failed; check the certificate authorities and the clock.
        package static let tls = Code(kind: .tls)
        /// The request's limit of time was over, while connecting or later.
        package static let timeout = Code(kind: .timeout)
        /// The connection broke off before the answer was complete.
        package static let connectionLost = Code(kind: .connectionLost)
        /// The answer is not HTTP.
        package static let invalidResponse = Code(kind: .invalidResponse)
        /// The answer's head or body is longer than its limit.
        package static let tooLarge = Code(kind: .tooLarge)
        /// A file of ours could not be read or written.
        package static let file = Code(kind: .file)
        /// None of the host's addresses may be called: `permits` of the request says so.
        package static let addressRefused = Code(kind: .addressRefused)
        /// The transport was shut down.
        package static let closed = Code(kind: .closed)
    }

    /// The kind of failure.
    package var code: Code
    /// One sentence: what failed, with which value; never with a query, which may hold secrets.
    package var message: String
    /// Whether the server may have received the request, and so may have acted on it.
    ///
    /// False is a proof: not one byte of it was given to the socket.
    package var mayHaveBeenSent: Bool
    /// The sentence.
    package var description: String { message }

    /// A failure.
    package init(code: Code, message: String, mayHaveBeenSent: Bool = false) {
        self.code = code
        self.message = message
        self.mayHaveBeenSent = mayHaveBeenSent
    }
}
