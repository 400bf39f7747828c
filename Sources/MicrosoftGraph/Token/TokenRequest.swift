import Cryptography
import FoundationEssentials
import HTTPClient
import JSON
import MailModel

/// Builds the request for a token, by whatever the application proves itself with.
///
/// Sources: Microsoft identity platform, "OAuth 2.0 client credentials flow"; "How managed identities get a token".
struct TokenRequest: Sendable {
    let settings: GraphSettings
    let environment: GraphEnvironment

    /// - Parameter challenge: what a service has asked for by a claims challenge.
    /// - Throws: `MailError` with `configuration` when a certificate or assertion file cannot be used.
    func make(challenge: JSONObject?) async throws -> HTTPClientRequest {
        if case .managedIdentity(let identity) = settings.credential { return managed(identity) }
        var fields = [
            ("client_id", settings.clientID), ("grant_type", "client_credentials"), ("scope", settings.scope),
        ]
        fields += try await proof()
        if let claims = claims(challenge) { fields.append(("claims", claims)) }
        let form = fields.map { "\($0.0)=\(PercentCoding.encode($0.1))" }.joined(separator: "&")
        return HTTPClientRequest(
            method: "POST",
            url: settings.tokenURL,
            headers: [
                ("Content-Type", "application/x-www-form-urlencoded"),
                ("Accept", "application/json"),
                ("client-request-id", environment.makeID()),
            ],
            body: .bytes(Array(form.utf8)),
            sink: .memory(limit: 1 << 20),
            timeout: .seconds(30),
            certificateAuthorities: settings.certificateAuthorities
        )
    }

    private func proof() async throws -> [(String, String)] {
        switch settings.credential {
        case .secret(let secret):
            return [("client_secret", secret)]
        case .certificate(let path, let password):
            let certificate = try await read(path, password)
            let now = environment.unixTime()
            guard certificate.notAfter > now else { throw Self.expired(path, certificate.notAfter) }
            do {
                return Self.assertion(
                    try ClientAssertion.make(
                        certificate,
                        client: settings.clientID,
                        audience: settings.tokenURL,
                        now: now,
                        id: environment.makeID()
                    )
                )
            } catch {
                throw MailError(.configuration, "\(path): \(error).")
            }
        case .assertionFile(let path):
            let text = String(decoding: try await file(path, "federated assertion"), as: UTF8.self)
            let token = text.filter { !$0.isWhitespace }
            guard token.split(separator: ".", omittingEmptySubsequences: false).count == 3 else {
                throw MailError(
                    .configuration,
                    "\(path) holds no JSON Web Token: let the workload's platform write its identity token there."
                )
            }
            return Self.assertion(token)
        case .managedIdentity:
            return []
        }
    }

    /// How long the certificate is still valid; nil when the application proves itself by something else.
    ///
    /// - Throws: `MailError` with `configuration` when the file cannot be used.
    func certificateLife() async throws -> Duration? {
        guard case .certificate(let path, let password) = settings.credential else { return nil }
        let certificate = try await read(path, password)
        return .seconds(certificate.notAfter - environment.unixTime())
    }

    private func read(_ path: String, _ password: String?) async throws -> ClientCertificate {
        let bytes = try await file(path, "certificate")
        do {
            return try ClientCertificate(bytes, password: password)
        } catch {
            throw MailError(.configuration, "\(path): \(error).")
        }
    }

    /// The identity platform would refuse it with a code that says less.
    private static func expired(_ path: String, _ end: Int64) -> MailError {
        let time = Date(timeIntervalSince1970: Double(end)).formatted(Date.ISO8601FormatStyle())
        return MailError(
            .configuration,
            "The certificate \(path) has expired (\(time)): register a new one with the application, and put it with its key "
                + "into that file."
        )
    }

    private static func assertion(_ token: String) -> [(String, String)] {
        [
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", token),
        ]
    }

    private func file(_ path: String, _ what: String) async throws -> [UInt8] {
        do {
            return try await environment.aside { [read = environment.readFile] in try read(path) }
        } catch {
            throw MailError(.configuration, "Cannot read the \(what) \(path): check the path and its permissions.")
        }
    }

    /// The challenge with our own capability in it; nil when there is neither.
    private func claims(_ challenge: JSONObject?) -> String? {
        guard settings.wantsContinuousEvaluation || challenge != nil else { return nil }
        var claims = challenge ?? [:]
        if settings.wantsContinuousEvaluation {
            var token = claims["access_token"]?.object ?? [:]
            token["xms_cc"] = ["values": ["cp1"]]
            claims["access_token"] = .object(token)
        }
        return claims.text()
    }

    /// A resource is asked for, not a scope; claims are not supported.
    private func managed(_ identity: ManagedIdentity) -> HTTPClientRequest {
        let suffix = "/.default"
        let resource = settings.scope.hasSuffix(suffix) ? String(settings.scope.dropLast(suffix.count)) : settings.scope
        let version = identity.header == nil ? "2018-02-01" : "2019-08-01"
        var url = "\(identity.endpoint)?api-version=\(version)&resource=\(PercentCoding.encode(resource))"
        if !settings.clientID.isEmpty { url += "&client_id=\(PercentCoding.encode(settings.clientID))" }
        let proof = identity.header.map { ("X-IDENTITY-HEADER", $0) } ?? ("Metadata", "true")
        return HTTPClientRequest(
            method: "GET",
            url: url,
            headers: [proof, ("Accept", "application/json")],
            sink: .memory(limit: 1 << 20),
            connectTimeout: .seconds(3),
            timeout: .seconds(30)
        )
    }
}
