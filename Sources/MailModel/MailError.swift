/// Why the identity platform or Microsoft Graph did not do what was asked.
package struct MailError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it was, and so what may be done about it.
    package struct Code: Hashable, Sendable {
        private enum Kind: Hashable {
            case configuration, policy, permission, invalidInput, notFound, rejected, throttled, unavailable
            case unknownOutcome, malformedAnswer
        }
        private let kind: Kind

        /// Tenant, client, secret, scope or a URL is wrong.
        ///
        /// An operator must correct the setting; nothing helps until then.
        package static let configuration = Code(kind: .configuration)
        /// A rule of the tenant (Conditional Access) forbids it.
        ///
        /// The tenant's administrator must allow it.
        package static let policy = Code(kind: .policy)
        /// The application lacks a right, or may not use this mailbox.
        ///
        /// The tenant's administrator must grant it.
        package static let permission = Code(kind: .permission)
        /// The caller gave what can never be sent.
        ///
        /// Correct the mail.
        package static let invalidInput = Code(kind: .invalidInput)
        /// The mailbox, message or folder is not there.
        package static let notFound = Code(kind: .notFound)
        /// The service refused this mail for good.
        ///
        /// Correct what the message names.
        package static let rejected = Code(kind: .rejected)
        /// Too many requests; `retryAfter` says how long to wait. Nothing was done.
        package static let throttled = Code(kind: .throttled)
        /// The service could not be reached or failed, and nothing was sent.
        ///
        /// Try again later.
        package static let unavailable = Code(kind: .unavailable)
        /// Nobody can say whether the mail was sent.
        ///
        /// Look into Sent Items; never just send again.
        package static let unknownOutcome = Code(kind: .unknownOutcome)
        /// The answer was not what the service documents.
        package static let malformedAnswer = Code(kind: .malformedAnswer)
    }

    /// The kind of failure.
    package var code: Code
    /// One sentence: what failed, with which value, what to do.
    package var message: String
    /// Status of the answer, when there was one.
    package var status: Int?
    /// The service's own code: `ErrorItemNotFound`, `AADSTS7000215`.
    package var serviceCode: String?
    /// How long the service asks to wait.
    package var retryAfter: Duration?
    /// What support asks for.
    package var requestID: String?
    /// Whether there is more than was wanted.
    package var isTooLarge: Bool
    /// Whether the mail, the rules or the rights must change before the same can be asked again.
    package var isRefusal: Bool {
        [.invalidInput, .rejected, .permission, .policy].contains(code)
    }
    /// The sentence, with the request id when there is one.
    package var description: String { requestID.map { "\(message) (request-id \($0))" } ?? message }

    /// A failure.
    package init(
        _ code: Code,
        _ message: String,
        status: Int? = nil,
        serviceCode: String? = nil,
        retryAfter: Duration? = nil,
        requestID: String? = nil,
        isTooLarge: Bool = false
    ) {
        self.code = code
        self.message = message
        self.status = status
        self.serviceCode = serviceCode
        self.retryAfter = retryAfter
        self.requestID = requestID
        self.isTooLarge = isTooLarge
    }

    /// A file that came with a mail is longer than the task allows.
    package static func attachmentTooLarge(_ name: String, limit: Int) -> MailError {
        MailError(
            .invalidInput,
            "The attachment \(name) has more than \(limit) bytes: raise 'max_bytes', or leave it out by 'names'."
        )
    }
}
