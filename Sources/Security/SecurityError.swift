/// Why access was refused or a key could not be kept.
package struct SecurityError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What went wrong.
    package enum Code: String, Sendable {
        /// No key, a malformed, unknown, wrong or revoked one: the caller is told nothing more.
        case unauthenticated
        /// A token that the provider signed, but that does not hold (any more) or is not for us: no guess.
        case expiredToken
        /// The keys that tokens are signed with cannot be used.
        case keySet
        /// The policy file cannot be read.
        case policyFile
        /// A secret cannot be kept or read: the store, its key, or its place.
        case secretStore
        /// The key file cannot be written or read.
        case keyFile
    }

    /// What went wrong.
    package var code: Code
    /// One sentence; never holds a key.
    package var message: String
    /// What every caller without a valid key or token is told, whatever was wrong with it.
    package static let unauthenticated = SecurityError(
        code: .unauthenticated,
        message: "This needs a valid API key in X-API-Key; the first one is in the file 'api-key' of the data directory"
    )

    /// What a caller is told whose token the provider signed, whatever else was wrong with it.
    package static let expiredToken = SecurityError(
        code: .expiredToken,
        message: "This token is not valid here (any more): get a new one; the server's log says what is wrong with it"
    )

    /// The sentence.
    package var description: String { message }
}
