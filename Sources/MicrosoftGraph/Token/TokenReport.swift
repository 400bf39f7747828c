import Cryptography
import JSON

/// What can be said about a token without showing it, for a check of the settings.
package struct TokenReport: Sendable, Hashable {
    /// How long it is good for.
    package var life: Duration
    /// The application permissions in it, sorted; empty when it cannot be read.
    ///
    /// Rights by RBAC for Applications do not show here, so a missing one is a hint, not a proof.
    package var roles: [String]
    /// How long the certificate the token was asked for with is still valid; nil with another credential.
    package var certificateLife: Duration?

    init(_ token: AccessToken, now: ContinuousClock.Instant) {
        life = token.expires - now
        let parts = token.value.split(separator: ".", omittingEmptySubsequences: false)
        let payload = parts.count == 3 ? try? Base64.decodeURL(String(parts[1])) : nil
        let claims = payload.flatMap { try? JSONValue(parsing: $0, options: .trustedPeer) }
        roles = (claims?["roles"]?.array ?? []).compactMap(\.string).sorted()
    }
}
