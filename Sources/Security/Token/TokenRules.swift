/// What a token must say to be ours.
package struct TokenRules: Sendable {
    /// Bytes of a token.
    package static let sizeLimit = 8192

    /// `iss`, exactly.
    package var issuer: String
    /// `aud`, or one of them.
    package var audience: String
    /// The claim that names the tenant.
    package var tenantClaim = "tenant"
    /// The claim that names the role.
    package var roleClaim = "role"
    /// Seconds that clocks may differ.
    package var leeway: Int64 = 60

    /// Rules for one issuer.
    package init(issuer: String, audience: String) {
        self.issuer = issuer
        self.audience = audience
    }
}
