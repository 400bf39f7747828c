/// One exchange with a mail server, by SMTP or IMAP.
package struct MailTransferRequest: Sendable {
    /// What is done.
    package enum Operation: Sendable {
        /// SMTP: gives a message to the server, streamed from a file.
        case submit(from: String, receivers: [String], message: String)
        /// SMTP: connects and logs in as for a message, and gives none.
        case logIn
        /// IMAP: puts a message into the folder of the URL, streamed from a file; it counts as read.
        case append(message: String)
        /// IMAP: one command in the folder of the URL, or in none.
        case command(String)
    }

    /// How the server knows who asks.
    package enum Proof: Sendable, CustomStringConvertible, CustomReflectable {
        case none
        case password(user: String, password: String)
        /// OAuth 2.0: XOAUTH2 or OAUTHBEARER, whichever the server offers.
        case bearer(user: String, token: String)

        /// Who logs in; nil for nobody.
        package var user: String? {
            switch self {
            case .none: nil
            case .password(let user, _), .bearer(let user, _): user
            }
        }

        /// Never the secret.
        package var description: String {
            switch self {
            case .none: "nothing"
            case .password(let user, _): "password of \(user)"
            case .bearer(let user, _): "token for \(user)"
            }
        }
        /// Nothing, so that `dump` shows no secret.
        package var customMirror: Mirror { Mirror(self, children: []) }
    }

    /// `smtp://`, `smtps://`, `imap://` or `imaps://` with host and port, and of IMAP the folder, encoded.
    package var url: String
    package var operation: Operation
    package var proof: Proof
    /// Whether the connection must become encrypted before anything is said (STARTTLS); of no meaning to `smtps` and `imaps`.
    package var requiresTLS: Bool
    /// Limit for everything.
    package var timeout: Duration
    /// Bytes of answers kept.
    package var limit: Int
    /// PEM file of certificate authorities to trust instead of the system's.
    package var certificateAuthorities: String?

    /// An exchange that is encrypted, with 60 s and 64 MiB.
    package init(
        url: String,
        operation: Operation,
        proof: Proof,
        requiresTLS: Bool = true,
        timeout: Duration = .seconds(60),
        limit: Int = 64 << 20,
        certificateAuthorities: String? = nil
    ) {
        self.url = url
        self.operation = operation
        self.proof = proof
        self.requiresTLS = requiresTLS
        self.timeout = timeout
        self.limit = limit
        self.certificateAuthorities = certificateAuthorities
    }
}

/// What a mail server said.
package struct MailTransferResponse: Sendable {
    /// SMTP: the last reply code; 0 for IMAP.
    package var code: Int
    /// IMAP: every line the server sent, greeting and log-in included, literals as they came.
    package var lines: [UInt8]

    /// An answer, for tests of clients.
    package init(code: Int = 0, lines: [UInt8] = []) {
        self.code = code
        self.lines = lines
    }
}

/// Why a mail server did not do what was asked.
package struct MailTransferError: Error, Sendable, CustomStringConvertible {
    /// What the server is known to have done.
    package enum Outcome: String, Sendable {
        /// Nothing: it was not reached, or the message was not complete.
        case nothing
        /// It answered no; `code` says for how long.
        case refused
        /// It does not know who asks, or has no room for another log-in now.
        case loginDenied
        /// IMAP: it does not open the folder.
        case noFolder
        /// The message was complete, and its answer was lost.
        case unknown
        /// Certificate or handshake.
        case tls
    }

    package var outcome: Outcome
    /// SMTP: the last reply code; 0 when there was none.
    package var code: Int
    /// The server's last words, one line; empty when there were none.
    package var words: String
    /// One sentence; never with a password or token.
    package var message: String
    /// The sentence.
    package var description: String { message }

    /// A failure.
    package init(_ outcome: Outcome, code: Int = 0, words: String = "", message: String) {
        self.outcome = outcome
        self.code = code
        self.words = words
        self.message = message
    }
}

/// Carries exchanges with mail servers.
package protocol MailTransport: Sendable {
    /// - Throws: `MailTransferError`, or `CancellationError`.
    func execute(_ request: MailTransferRequest) async throws -> MailTransferResponse
}
