import Cryptography
import HTTPServer
import JSON

/// The token endpoint of the identity platform, for one application in one tenant.
struct IdentityPlatform: Sendable {
    /// A token that was issued.
    struct IssuedToken: Sendable {
        let roles: Set<String>
        /// Milliseconds since 1970.
        var expires: Int64
        /// Whether its client can handle claims challenges (`xms_cc` has `cp1`).
        let isChallengeable: Bool
        /// How many times tokens had been revoked when it was issued.
        let generation: Int
    }

    /// A token request, for tests to look at.
    struct TokenRequest: Sendable {
        /// `secret`, `certificate`, `federated`, `managed_identity`.
        let credential: String
        let claims: String?
        let wasGiven: Bool
    }

    private static let requestLimit = 200
    /// Signs access tokens; one pair for the whole process, because making one takes time.
    static let key = try? RSAKeyPair()
    static let keyID = "cpa-fixture-1"

    var application: FixtureApplication
    /// How long new tokens live, in seconds.
    var tokenLifetime: Int64 = 3599
    /// How many tokens were issued.
    private(set) var issued = 0
    /// The last token requests, oldest first.
    private(set) var requests: [TokenRequest] = []
    private var tokens: [String: IssuedToken] = [:]
    private var generation = 0
    private var revokedAt: Int64 = 0

    init(_ application: FixtureApplication) { self.application = application }

    /// Answers a token request (client credentials grant).
    ///
    /// - Parameter endpoint: the URL the request came to, which assertions must be meant for.
    mutating func token(
        tenant: String,
        endpoint: String,
        form: [String: String],
        authorization: String?,
        now: Int64
    ) throws(IdentityFailure) -> JSONObject {
        var credential = "none"
        do throws(IdentityFailure) {
            credential = try check(tenant, endpoint, form, authorization, now: now)
            note(TokenRequest(credential: credential, claims: form["claims"], wasGiven: true))
            return issue(claims: form["claims"], now: now)
        } catch {
            note(TokenRequest(credential: credential, claims: form["claims"], wasGiven: false))
            throw error
        }
    }

    private mutating func note(_ request: TokenRequest) {
        if requests.count == Self.requestLimit { requests.removeFirst(Self.requestLimit / 2) }
        requests.append(request)
    }

    /// Whether the application has proved that it is itself, and how.
    private func check(
        _ tenant: String,
        _ endpoint: String,
        _ form: [String: String],
        _ authorization: String?,
        now: Int64
    ) throws(IdentityFailure) -> String {
        guard application.tenants.contains(tenant.lowercased()) else { throw .tenantNotFound(tenant) }
        guard let grant = form["grant_type"] else { throw .missing("grant_type") }
        guard grant == "client_credentials" else {
            let text = "The app requested an unsupported grant type '\(grant)'."
            throw IdentityFailure(status: 400, error: "unsupported_grant_type", code: 70003, text: text)
        }
        let basic = Self.basic(authorization)
        guard let client = form["client_id"] ?? basic?.client else { throw .missing("client_id") }
        guard client.lowercased() == application.clientID else { throw .applicationNotFound(client, tenant: tenant) }
        let credential: String
        if let assertion = form["client_assertion"] {
            guard form["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" else {
                throw .missing("client_assertion_type")
            }
            let token = try ClientAssertion(assertion)
            credential = try token.check(application, tenant: tenant, endpoint: endpoint, now: now)
        } else {
            guard let secret = form["client_secret"] ?? basic?.secret else { throw .missingSecret }
            if secret == application.expiredSecret { throw .expiredSecret(client) }
            guard secret == application.clientSecret else { throw .wrongSecret(client) }
            credential = "secret"
        }
        guard let scope = form["scope"] else { throw .missing("scope") }
        guard scope.split(separator: " ").count == 1 else { throw .severalResources }
        guard scope.hasSuffix("/.default") else { throw .scope(scope) }
        return credential
    }

    /// Answers the metadata service of a virtual machine, or an app service's (managed identity): numbers are strings there.
    ///
    /// - Parameter isAppService: says only when the token ends, not how long it lives.
    mutating func managedIdentity(
        resource: String?,
        client: String?,
        isAppService: Bool,
        now: Int64
    ) throws(IdentityFailure) -> JSONObject {
        guard let resource, !resource.isEmpty else { throw .missing("resource") }
        if let client, client.lowercased() != application.clientID {
            throw IdentityFailure(status: 400, error: "invalid_request", code: 70000, text: "Identity not found")
        }
        note(TokenRequest(credential: "managed_identity", claims: nil, wasGiven: true))
        let token = issue(claims: nil, now: now)
        var json: JSONObject = [
            "access_token": token["access_token"] ?? "",
            "client_id": .string(application.clientID),
            "expires_on": .string(String(now / 1000 + tokenLifetime)),
            "not_before": .string(String(now / 1000)),
            "resource": .string(resource),
            "token_type": "Bearer",
        ]
        guard !isAppService else { return json }
        json["expires_in"] = .string(String(tokenLifetime))
        json["ext_expires_in"] = .string(String(tokenLifetime))
        return json
    }

    private mutating func issue(claims: String?, now: Int64) -> JSONObject {
        issued += 1
        let expires = now + tokenLifetime * 1000
        let isChallengeable = Self.capabilities(claims).contains("cp1")
        var payload: JSONObject = [
            "aud": "https://graph.microsoft.com",
            "iss": .string("https://sts.windows.net/\(application.tenant)/"),
            "iat": .integer(now / 1000),
            "nbf": .integer(now / 1000),
            "exp": .integer(expires / 1000),
            "appid": .string(application.clientID),
            "idtyp": "app",
            "tid": .string(application.tenant),
            "roles": .array(application.roles.sorted().map { .string($0) }),
            "uti": .string(Base64.encodeURL(RandomBytes.generate(16))),
            "ver": "1.0",
        ]
        if isChallengeable { payload["xms_cc"] = ["cp1"] }
        let header = Base64.encodeURL(Array(#"{"typ":"JWT","alg":"RS256","kid":"\#(Self.keyID)"}"#.utf8))
        let signed = "\(header).\(Base64.encodeURL(payload.serialized()))"
        let signature = (try? Self.key?.sign(Array(signed.utf8))) ?? []
        let token = "\(signed).\(Base64.encodeURL(signature))"
        tokens = tokens.filter { $0.value.expires > now - 86_400_000 }
        tokens[token] = IssuedToken(
            roles: application.roles,
            expires: expires,
            isChallengeable: isChallengeable,
            generation: generation
        )
        return [
            "token_type": "Bearer",
            "expires_in": .integer(tokenLifetime),
            "ext_expires_in": .integer(tokenLifetime),
            "access_token": .string(token),
        ]
    }

    /// What a client says it can do, `{"access_token":{"xms_cc":{"values":["cp1"]}}}`, in lower case.
    private static func capabilities(_ claims: String?) -> [String] {
        let json = claims.flatMap { try? JSONValue(parsing: $0) }
        return json?["access_token"]?["xms_cc"]?["values"]?.array?.compactMap { $0.string?.lowercased() } ?? []
    }

    /// The rights behind an `Authorization` header.
    func roles(authorization: String?, now: Int64) throws(GraphFailure) -> Set<String> {
        guard let authorization, authorization.lowercased().hasPrefix("bearer "), authorization.count > 7 else {
            throw .unauthorized("Access token is empty.")
        }
        guard let token = tokens[String(authorization.dropFirst(7))] else {
            throw .unauthorized("IDX14100: JWT is not well formed or unknown.")
        }
        guard token.expires > now else { throw .unauthorized("Lifetime validation failed, the token is expired.") }
        if token.isChallengeable, token.generation < generation {
            throw .claimsChallenge(Self.claims(notBefore: revokedAt / 1000))
        }
        return token.roles
    }

    /// Makes every token issued so far an expired one.
    mutating func expireTokens(now: Int64) {
        tokens = tokens.mapValues { token in
            var token = token
            token.expires = min(token.expires, now)
            return token
        }
    }

    /// Revokes every token issued so far: those whose client can handle it are answered with a claims challenge.
    mutating func revokeTokens(now: Int64) {
        generation += 1
        revokedAt = now
    }

    /// The claims of a challenge: a token issued after that second.
    static func claims(notBefore second: Int64) -> String {
        #"{"access_token":{"nbf":{"essential":true,"value":"\#(second)"}}}"#
    }

    private static func basic(_ authorization: String?) -> (client: String, secret: String)? {
        guard let authorization, authorization.lowercased().hasPrefix("basic "),
            let bytes = try? Base64.decode(String(authorization.dropFirst(6)))
        else { return nil }
        let parts = String(decoding: bytes, as: UTF8.self).split(separator: ":", maxSplits: 1)
        return parts.count == 2
            ? (
                (PercentCoding.decode(parts[0]) ?? String(parts[0])),
                (PercentCoding.decode(parts[1], plusIsSpace: true) ?? "")
            ) : nil
    }
}
