import Cryptography

/// The application registration and the mailboxes of the fixture tenant.
package struct FixtureApplication: Sendable {
    /// Another issuer whose tokens prove that the application is itself (federated credential).
    package struct FederatedIssuer: Sendable {
        /// `iss` and `sub` of its tokens.
        package var issuer: String
        package var subject: String
        /// What signs its tokens, as a certificate in PEM.
        package var certificate: String

        package init(issuer: String, subject: String, certificate: String) {
            self.issuer = issuer
            self.subject = subject
            self.certificate = certificate
        }
    }

    /// Tenant id; the tenant's domain works too.
    package var tenant: String
    /// The tenant's domain.
    package var domain: String
    /// Application (client) id.
    package var clientID: String
    /// The valid secret.
    package var clientSecret: String
    /// A secret that has expired.
    package var expiredSecret: String
    /// Application permissions granted.
    package var roles: Set<String>
    /// Addresses that have a mailbox.
    package var mailboxes: [String]
    /// Certificates registered, PEM.
    package var certificates: [String] = []
    /// The federated credential, when there is one.
    package var federatedIssuer: FederatedIssuer?
    /// Mailboxes an access policy lets the application reach, in lower case; nil for all.
    package var allowedMailboxes: Set<String>?

    /// The registration the demo scenarios use.
    package init(
        tenant: String = "8f6f3f5c-6a7e-4e0b-9d55-2f1f4a0c7b11",
        domain: String = "kanzlei.example",
        clientID: String = "3d2b9a40-51c8-4f6e-8a27-90c6b1d4e5f2",
        clientSecret: String = "demo~Secret.8Q~value",
        expiredSecret: String = "demo~Expired.7Q~value",
        roles: Set<String> = ["Mail.ReadWrite", "Mail.Send"],
        mailboxes: [String] = ["buero@kanzlei.example", "anna@kunde.example"]
    ) {
        self.tenant = tenant
        self.domain = domain
        self.clientID = clientID
        self.clientSecret = clientSecret
        self.expiredSecret = expiredSecret
        self.roles = roles
        self.mailboxes = mailboxes
    }

    var tenants: Set<String> { [tenant.lowercased(), domain.lowercased()] }
}
