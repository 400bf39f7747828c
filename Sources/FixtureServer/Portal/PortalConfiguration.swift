/// How the portal behaves.
package struct PortalConfiguration: Sendable {
    /// The one account.
    package var user: String
    /// Its password.
    package var password: String
    /// How long a session lives without a request.
    package var sessionLifetime: Duration
    /// How long the slow answers take: the check before "create PDF" and the making of the PDF.
    package var slowness: Duration
    /// Milliseconds since 1970.
    package var now: @Sendable () -> Int64
    /// Makes session ids and form tokens.
    package var makeToken: @Sendable () -> String

    /// The account of the demo scenarios.
    package init(
        user: String = "buchhaltung",
        password: String = "demo-passwort",
        sessionLifetime: Duration = .seconds(1800),
        slowness: Duration = .milliseconds(150),
        now: @escaping @Sendable () -> Int64 = FixtureClock.now,
        makeToken: @escaping @Sendable () -> String = FixtureClock.randomToken
    ) {
        self.user = user
        self.password = password
        self.sessionLifetime = sessionLifetime
        self.slowness = slowness
        self.now = now
        self.makeToken = makeToken
    }
}
