/// Why a command has no usable reply.
package struct RedisError: Error, CustomStringConvertible, Sendable {
    /// What kind of failure it was.
    package struct Code: Hashable, Sendable {
        private enum Kind: Hashable {
            case invalidURL, couldNotConnect, refusedLogin, connectionLost, timeout, overloaded, closed, server
            case unexpectedReply
        }
        private let kind: Kind

        /// The URL is not one of a Redis; correct it.
        package static let invalidURL = Code(kind: .invalidURL)
        /// Nothing answers as a Redis at that address; check that it runs.
        package static let couldNotConnect = Code(kind: .couldNotConnect)
        /// User or password are wrong, or the user may not select the database.
        package static let refusedLogin = Code(kind: .refusedLogin)
        /// The connection broke off before the reply; the command may have run.
        package static let connectionLost = Code(kind: .connectionLost)
        /// No reply within the deadline; unless the connection was never there, the command may have run.
        package static let timeout = Code(kind: .timeout)
        /// More commands wait than the connection's limit; none of this call was sent.
        package static let overloaded = Code(kind: .overloaded)
        /// The connection was closed by us.
        package static let closed = Code(kind: .closed)
        /// Redis replied with an error; `reply` is its first word (`WRONGTYPE`, `NOSCRIPT`, `ERR` …).
        package static let server = Code(kind: .server)
        /// The reply has another type than the command promises: another version, or not a Redis.
        package static let unexpectedReply = Code(kind: .unexpectedReply)
    }

    /// The kind of failure.
    package var code: Code
    /// One sentence: what failed, with which value. Never holds a password.
    package var message: String
    /// The first word of an error reply.
    package var reply: String?
    /// The sentence.
    package var description: String { message }

    /// A failure.
    package init(code: Code, message: String, reply: String? = nil) {
        self.code = code
        self.message = message
        self.reply = reply
    }

    /// Whether an error reply to a login will be the same next time, until somebody changes something there. Others come from
    /// what the server is at: it loads its data, its disk is full, it has too many clients.
    static func isRefusal(_ reply: String) -> Bool {
        ["ERR", "NOAUTH", "NOPERM", "WRONGPASS"].contains(reply.prefix { $0 != " " })
            && !reply.hasPrefix("ERR max number of clients")
    }

    /// Whether the command may have run although there is no reply: repeat it only if that is safe.
    package var mayHaveRun: Bool { code == .connectionLost || code == .timeout }
}
