import Cryptography

/// An answer of the service that is an error: status, code and message as Microsoft Graph has them.
struct GraphFailure: Error, Sendable, Hashable {
    let status: Int
    let code: String
    let message: String
    /// Fields the answer carries beside those of every answer.
    var headers: [String: String] = [:]

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
    static let sendAsDenied = GraphFailure(
        status: 403,
        code: "ErrorSendAsDenied",
        message:
            "The user account which was used to submit this request does not have the right to send mail on behalf "
            + "of the specified sending account., Cannot submit message."
    )
    /// The application may not reach this mailbox (application access policy).
    static let mailboxDenied = GraphFailure(
        status: 403,
        code: "ErrorAccessDenied",
        message: "Access to OData is disabled."
    )
    static let insufficientPrivileges = GraphFailure(
        status: 403,
        code: "Authorization_RequestDenied",
        message: "Insufficient privileges to complete the operation."
    )
    static let changedMeanwhile = GraphFailure(
        status: 412,
        code: "ErrorIrresolvableConflict",
        message: "The send or update operation could not be performed because the change key passed in the request "
            + "does not match the current change key for the item."
    )
    static let syncStateNotFound = GraphFailure(
        status: 410,
        code: "syncStateNotFound",
        message: "The sync state generation is not found; resync required."
    )
    static let tooLarge = GraphFailure(
        status: 413,
        code: "ErrorMessageSizeExceeded",
        message: "The maximum request length supported is 4MB."
    )
    static func throttled(_ limit: String, seconds: Int) -> GraphFailure {
        GraphFailure(
            status: 429,
            code: "ApplicationThrottled",
            message: "Application is over its \(limit) limit.",
            headers: ["Retry-After": String(seconds)]
        )
    }

    static func badRequest(_ message: String, code: String = "BadRequest") -> GraphFailure {
        GraphFailure(status: 400, code: code, message: message)
    }

    static func unknownUser(_ name: String) -> GraphFailure {
        GraphFailure(status: 404, code: "ErrorInvalidUser", message: "The requested user '\(name)' is invalid.")
    }

    static func segment(_ name: String) -> GraphFailure {
        .badRequest("Resource not found for the segment '\(name)'.")
    }

    static func unknownProperty(_ name: String) -> GraphFailure {
        .badRequest(
            "Could not find a property named '\(name)' on type 'microsoft.graph.message'.",
            code: "RequestBroker--ParseUri"
        )
    }

    private static let challenge =
        #"Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", "#
        + #"client_id="00000003-0000-0000-c000-000000000000""#

    static func unauthorized(_ message: String) -> GraphFailure {
        GraphFailure(
            status: 401,
            code: "InvalidAuthenticationToken",
            message: message,
            headers: ["WWW-Authenticate": challenge]
        )
    }

    /// The token must be replaced by one that fulfils `claims`, JSON (continuous access evaluation).
    static func claimsChallenge(_ claims: String) -> GraphFailure {
        let encoded = Base64.encode(Array(claims.utf8))
        return GraphFailure(
            status: 401,
            code: "InvalidAuthenticationToken",
            message: "Continuous access evaluation resulted in challenge with result: InteractionRequired and code: "
                + "TokenIssuedBeforeRevocationTimestamp",
            headers: [
                "WWW-Authenticate": challenge + #", error="insufficient_claims", claims="\#(encoded)""#
            ]
        )
    }
}
