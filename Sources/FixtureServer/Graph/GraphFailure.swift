/// An answer of the service that is an error: status, code and message as Microsoft Graph has them.
struct GraphFailure: Error, Sendable, Hashable {
    let status: Int
    let code: String
    let message: String

    static let itemNotFound = GraphFailure(
        status: 404,
        code: "ErrorItemNotFound",
        message: "The specified object was not found in the store."
    )
    static let malformedID = GraphFailure(status: 400, code: "ErrorInvalidIdMalformed", message: "Id is malformed.")
    static let accessDenied = GraphFailure(
        status: 403,
        code: "ErrorAccessDenied",
        message: "Access is denied. Check credentials and try again."
    )
    static let tooLarge = GraphFailure(
        status: 413,
        code: "ErrorMessageSizeExceeded",
        message: "The maximum request length supported is 4MB."
    )
    static let throttled = GraphFailure(
        status: 429,
        code: "ApplicationThrottled",
        message: "Application is over its MailboxConcurrency limit."
    )

    static func badRequest(_ message: String, code: String = "BadRequest") -> GraphFailure {
        GraphFailure(status: 400, code: code, message: message)
    }

    static func unknownUser(_ name: String) -> GraphFailure {
        GraphFailure(status: 404, code: "ErrorInvalidUser", message: "The requested user '\(name)' is invalid.")
    }

    static func unauthorized(_ message: String) -> GraphFailure {
        GraphFailure(status: 401, code: "InvalidAuthenticationToken", message: message)
    }
}
