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
                "No token from \(identity.endpoint): \(serviceCode). \(remedy)\(said(body))",
                status: status,
                serviceCode: serviceCode,
                retryAfter: retryAfter
            )
        }
        let (code, remedy) =
            known(number, settings) ?? verdict(word: word, status: status, settings.credential, said: said(body))
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

    /// What the platform says itself, as a further sentence: the first line of its description, without ids and times.
    private static func said(_ body: JSONValue?) -> String {
        let text = (body?["error_description"]?.string ?? "").drop(while: \.isWhitespace).prefix { !$0.isNewline }
        let words = text[..<(text.firstRange(of: " Trace ID:")?.lowerBound ?? text.endIndex)]
        // It comes from outside and is shown on terminals.
        let shown = words.unicodeScalars.filter { ![.control, .format].contains($0.properties.generalCategory) }
            .prefix(300)
        return shown.isEmpty ? "" : " It says: \(String(String.UnicodeScalarView(shown)))"
    }

    /// What a code means; nil for one that says no more than its word.
    private static func known(_ number: Int?, _ settings: GraphSettings) -> (MailError.Code, String)? {
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
                "The certificate is not registered for the application, or has expired there: add one that is valid."
            )
        case 700_211, 700_212, 700_213:
            return (
                .configuration,
                "No federated credential of the application fits the token: its issuer, subject and audience must be iss, sub "
                    + "and aud of the token, letter by letter (\(settings.credential))."
            )
        case 700_024:
            return (
                .configuration,
                "The assertion has expired, or is not valid yet: check this machine's clock, and that the file's token is "
                    + "renewed (\(settings.credential))."
            )
        case 50027:
            return (
                .configuration,
                "The assertion is malformed: check that the file is whole and the right one (\(settings.credential))."
            )
        case 7_000_229:
            return (
                .configuration,
                "The application has no service principal in tenant \(settings.tenant): grant admin consent there, or add it "
                    + "(az ad sp create --id \(settings.clientID))."
            )
        case 650_057:
            return (
                .configuration,
                "The application asks for a resource it was not given: add the API of scope '\(settings.scope)' to its "
                    + "permissions, and grant admin consent."
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
            return nil
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

    private static func verdict(
        word: String?,
        status: Int,
        _ credential: GraphCredential,
        said: String
    ) -> (MailError.Code, String) {
        switch (word, status) {
        case (_, 429):
            (.throttled, "Too many token requests: wait and try again.")
        case ("temporarily_unavailable"?, _), ("server_error"?, _), (_, 500...):
            (.unavailable, "The identity platform has a passing fault: try again.")
        case ("access_denied"?, _), ("interaction_required"?, _):
            (.policy, "The tenant's policy forbids it: ask its administrator.")
        case (.some, 400..<500):
            (.configuration, "Check tenant, client id, scope and \(credential).\(said)")
        default:
            (.configuration, "That is no answer of an identity platform: check the login URL.")
        }
    }
}
