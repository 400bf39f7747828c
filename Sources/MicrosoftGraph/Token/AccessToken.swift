/// A bearer token and when to stop using it.
package struct AccessToken: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// What goes behind `Bearer`.
    package let value: String
    /// When the service stops taking it.
    package let expires: ContinuousClock.Instant
    /// When the identity platform would like to be asked again (`refresh_in`); only long-lived tokens have it.
    let refresh: ContinuousClock.Instant?

    init(value: String, expires: ContinuousClock.Instant, refresh: ContinuousClock.Instant? = nil) {
        self.value = value
        self.expires = expires
        self.refresh = refresh
    }

    /// Never the token.
    package var description: String { "token, expires \(expires)" }
    /// Never the token.
    package var debugDescription: String { description }
    /// Nothing, so that `dump` shows no token either.
    package var customMirror: Mirror { Mirror(self, children: []) }
}
