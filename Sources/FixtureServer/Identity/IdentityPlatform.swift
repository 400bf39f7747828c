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
    }

    let application: FixtureApplication
    /// How long new tokens live, in seconds.
    var tokenLifetime: Int64 = 3599
    /// How many tokens were issued.
    private(set) var issued = 0
    private var tokens: [String: IssuedToken] = [:]

    init(_ application: FixtureApplication) { self.application = application }

    /// Answers a token request (client credentials grant with a secret).
    mutating func token(
        tenant: String,
        form: [String: String],
        authorization: String?,
        now: Int64
    ) throws(IdentityFailure) -> JSONObject {
        guard application.tenants.contains(tenant.lowercased()) else { throw .tenantNotFound(tenant) }
        guard let grant = form["grant_type"] else { throw .missing("grant_type") }
        guard grant == "client_credentials" else {
            let text = "The app requested an unsupported grant type '\(grant)'."
            throw IdentityFailure(status: 400, error: "unsupported_grant_type", code: 70003, text: text)
        }
        let basic = Self.basic(authorization)
        guard let client = form["client_id"] ?? basic?.client else { throw .missing("client_id") }
        guard client.lowercased() == application.clientID else { throw .applicationNotFound(client, tenant: tenant) }
        guard let secret = form["client_secret"] ?? basic?.secret else { throw .missingSecret }
        if secret == application.expiredSecret { throw .expiredSecret(client) }
        guard secret == application.clientSecret else { throw .wrongSecret(client) }
        guard let scope = form["scope"] else { throw .missing("scope") }
        guard scope.hasSuffix("/.default") else { throw .scope(scope) }
        return issue(now: now)
    }

    private mutating func issue(now: Int64) -> JSONObject {
        issued += 1
        let expires = now + tokenLifetime * 1000
        let header = Base64.encodeURL(Array(#"{"typ":"JWT","alg":"RS256"}"#.utf8))
        let roles = application.roles.sorted().map { "\"\($0)\"" }.joined(separator: ",")
        let claims = #"{"aud":"https://graph.microsoft.com","exp":\#(expires / 1000),"roles":[\#(roles)]}"#
        let signature = Base64.encodeURL(RandomBytes.generate(32))
        let token = "\(header).\(Base64.encodeURL(Array(claims.utf8))).\(signature)"
        tokens = tokens.filter { $0.value.expires > now }
        tokens[token] = IssuedToken(roles: application.roles, expires: expires)
        return [
            "token_type": "Bearer",
            "expires_in": .integer(tokenLifetime),
            "ext_expires_in": .integer(tokenLifetime),
            "access_token": .string(token),
        ]
    }

    /// The rights behind an `Authorization` header.
    func roles(authorization: String?, now: Int64) throws(GraphFailure) -> Set<String> {
        guard let authorization, authorization.lowercased().hasPrefix("bearer ") else {
            throw .unauthorized("Access token is empty.")
        }
        guard let token = tokens[String(authorization.dropFirst(7))] else {
            throw .unauthorized("IDX14100: JWT is not well formed or unknown.")
        }
        guard token.expires > now else { throw .unauthorized("Lifetime validation failed, the token is expired.") }
        return token.roles
    }

    /// Makes every token issued so far an expired one.
    mutating func expireTokens(now: Int64) {
        tokens = tokens.mapValues { IssuedToken(roles: $0.roles, expires: min($0.expires, now)) }
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
