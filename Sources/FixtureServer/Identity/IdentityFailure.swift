import JSON

/// An error of the token endpoint (Microsoft Entra authentication error codes).
struct IdentityFailure: Error, Sendable, Hashable {
    let status: Int
    /// OAuth 2.0's word.
    let error: String
    /// The number behind `AADSTS`.
    let code: Int
    let text: String

    static func tenantNotFound(_ tenant: String) -> IdentityFailure {
        IdentityFailure(
            status: 400,
            error: "invalid_request",
            code: 90002,
            text:
                "Tenant '\(tenant)' not found. Check to make sure you have the correct tenant ID and are signing into "
                + "the correct cloud."
        )
    }

    static func applicationNotFound(_ client: String, tenant: String) -> IdentityFailure {
        IdentityFailure(
            status: 400,
            error: "unauthorized_client",
            code: 700016,
            text: "Application with identifier '\(client)' was not found in the directory '\(tenant)'."
        )
    }

    static func wrongSecret(_ client: String) -> IdentityFailure {
        IdentityFailure(
            status: 401,
            error: "invalid_client",
            code: 7_000_215,
            text: "Invalid client secret provided. Ensure the secret being sent in the request is the client secret "
                + "value, not the client secret ID, for a secret added to app '\(client)'."
        )
    }

    static func expiredSecret(_ client: String) -> IdentityFailure {
        IdentityFailure(
            status: 401,
            error: "invalid_client",
            code: 7_000_222,
            text: "The provided client secret keys for app '\(client)' are expired."
        )
    }

    static let missingSecret = IdentityFailure(
        status: 401,
        error: "invalid_client",
        code: 7_000_218,
        text: "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."
    )

    /// A client assertion that proves nothing.
    static func assertion(_ code: Int, _ text: String) -> IdentityFailure {
        IdentityFailure(status: 401, error: "invalid_client", code: code, text: text)
    }

    static let severalResources = IdentityFailure(
        status: 400,
        error: "invalid_scope",
        code: 700_022,
        text:
            "The provided value for the input parameter scope is not valid because it contains more than one resource."
    )

    static func missing(_ parameter: String) -> IdentityFailure {
        IdentityFailure(
            status: 400,
            error: "invalid_request",
            code: 900_144,
            text: "The request body must contain the following parameter: '\(parameter)'."
        )
    }

    static func scope(_ scope: String) -> IdentityFailure {
        IdentityFailure(
            status: 400,
            error: "invalid_scope",
            code: 1_002_012,
            text: "The provided value for scope \(scope) is not valid. Client credential flows must have a scope value "
                + "with /.default suffixed to the resource identifier (application ID URI)."
        )
    }

    /// The error as the endpoint shows it.
    func json(now: Int64, trace: String, correlation: String) -> JSONObject {
        let time = FixtureClock.rfc3339(now)
        let timestamp = String(time.map { $0 == "T" ? " " : $0 })
        return [
            "error": .string(error),
            "error_description": .string(
                "AADSTS\(code): \(text) Trace ID: \(trace) Correlation ID: \(correlation) Timestamp: \(timestamp)"
            ),
            "error_codes": [.integer(Int64(code))],
            "timestamp": .string(timestamp),
            "trace_id": .string(trace),
            "correlation_id": .string(correlation),
            "error_uri": .string("https://login.microsoftonline.com/error?code=\(code)"),
        ]
    }
}
