import JSON
import MailModel

/// Turns an error of the token endpoint into what an operator can act on.
///
/// Source: Microsoft Entra authentication and authorization error codes. Microsoft asks clients to branch on `error` and to
/// use the codes for diagnosis; so the codes choose the sentence and an unknown one falls back to `error`.
enum IdentityError {
    /// The failure behind an answer that is not 200.
    static func classify(
        status: Int,
        body: JSONValue?,
        retryAfter: Duration?,
        settings: GraphSettings
    ) -> MailError {
        let number = body?["error_codes"]?[0]?.int
        let word = body?["error"]?.string
        let serviceCode = number.map { "AADSTS\($0)" } ?? word ?? "HTTP \(status)"
        if case .managedIdentity(let identity) = settings.credential {
            let (code, remedy) = verdict(managed: status, settings: settings)
            return MailError(
                code,
                "No token from \(identity.endpoint): \(serviceCode). \(remedy)",
                status: status,
                serviceCode: serviceCode,
                retryAfter: retryAfter
            )
        }
        let (code, remedy) = verdict(number: number, word: word, status: status, settings: settings)
        let trace = body?["trace_id"]?.string
        return MailError(
            code,
            "No token from \(settings.loginURL) for client \(settings.clientID): \(serviceCode). \(remedy)",
            status: status,
            serviceCode: serviceCode,
            retryAfter: retryAfter,
            requestID: trace
        )
    }

    private static func verdict(
        number: Int?,
        word: String?,
        status: Int,
        settings: GraphSettings
    ) -> (MailError.Code, String) {
        switch number {
        case 7_000_215:
            return (.configuration, "The client secret is wrong: set the secret's value, not its id.")
        case 7_000_222:
            return (
                .configuration, "The client secret has expired: create a new one in the app registration and set it."
            )
        case 700_016:
            return (.configuration, "The application is not in tenant \(settings.tenant): check client id and tenant.")
        case 7_000_112:
            return (.configuration, "The application is disabled: enable it in the tenant.")
        case 7_000_218, 900_144, 90014, 9_002_313:
            return (
                .configuration, "A field of the token request is missing or malformed: check client id and credential."
            )
        case 700_027, 700_030:
            return (
                .configuration,
                "The certificate or federated credential is not registered for the application: add it there."
            )
        case 50012, 50013, 500_133:
            return (.configuration, "The assertion is not valid now: check this machine's clock and the certificate.")
        case 70011, 1_002_012, 700_022:
            return (.configuration, "The scope '\(settings.scope)' is not valid: use Graph's origin with /.default.")
        case 90002:
            return (
                .configuration, "Tenant '\(settings.tenant)' was not found: check its id and the cloud's login URL."
            )
        case 500_011:
            return (.configuration, "The resource of scope '\(settings.scope)' is not in the tenant: check the cloud.")
        case 90038, 900_382, 900_432:
            return (
                .configuration, "The tenant belongs to another cloud: set login URL, Graph URL and scope of that cloud."
            )
        case 53003, 530_003:
            return (.policy, "Conditional Access blocks it: the tenant's administrator must exempt the application.")
        case 90055:
            return (.throttled, "The tenant is throttled: wait and try again.")
        case 90033, 90024, 90090, 90006, 90012, 50000:
            return (.unavailable, "The identity platform has a passing fault: try again.")
        default:
            return verdict(word: word, status: status)
        }
    }

    private static func verdict(managed status: Int, settings: GraphSettings) -> (MailError.Code, String) {
        switch status {
        case 404, 410, 500...: (.unavailable, "The machine's token service has a passing fault: try again.")
        case 429: (.throttled, "Too many token requests: wait and try again.")
        default:
            (
                .configuration,
                "Give the machine an identity, and name its client id when it has several."
            )
        }
    }

    private static func verdict(word: String?, status: Int) -> (MailError.Code, String) {
        switch (word, status) {
        case (_, 429):
            (.throttled, "Too many token requests: wait and try again.")
        case ("temporarily_unavailable"?, _), ("server_error"?, _), (_, 500...):
            (.unavailable, "The identity platform has a passing fault: try again.")
        case ("access_denied"?, _), ("interaction_required"?, _):
            (.policy, "The tenant's policy forbids it: ask its administrator.")
        case (.some, 400..<500):
            (.configuration, "Check tenant, client id, secret and scope.")
        default:
            (.configuration, "That is no answer of an identity platform: check the login URL.")
        }
    }
}
