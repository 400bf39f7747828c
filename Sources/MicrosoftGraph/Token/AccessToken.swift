/// A bearer token and when to stop using it.
package struct AccessToken: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// What goes behind `Bearer`.
    package let value: String
    /// When the service stops taking it.
    let expires: ContinuousClock.Instant

    /// Never the token.
    package var description: String { "token, expires \(expires)" }
    /// Never the token.
    package var debugDescription: String { description }
    /// Nothing, so that `dump` shows no token either.
    package var customMirror: Mirror { Mirror(self, children: []) }
}
