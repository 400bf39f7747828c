import JobModel

/// Why access was refused or a key could not be kept.
package struct SecurityError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What went wrong.
    package enum Code: String, Sendable {
        /// No key, a malformed, unknown, wrong or revoked one: the caller is told nothing more.
        case unauthenticated
        /// What is neither a key nor a token that the provider signed: the caller is told nothing more.
        case refusedToken
        /// A token that the provider signed, but that does not hold (any more) or is not for us: no guess.
        case expiredToken
        /// It would take away the last key that is good for everything.
        case lastKey
        /// The keys that tokens are signed with cannot be used, or cannot be had now: that says nothing about the token.
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

    /// The same where tokens are taken too.
    package static let refusedToken = SecurityError(
        code: .refusedToken,
        message:
            "This is neither a valid API key nor a token that is valid here; of a token the server's log says what is wrong with it"
    )

    /// What a caller is told whose token the provider signed, whatever else was wrong with it.
    package static let expiredToken = SecurityError(
        code: .expiredToken,
        message: "This token is not valid here (any more): get a new one; the server's log says what is wrong with it"
    )

    /// Why the key of that name cannot be ended.
    static func lastKey(_ name: String) -> SecurityError {
        SecurityError(
            code: .lastKey,
            message:
                "The key '\(name)' is the last admin key of the tenant '\(TenantID.default)' that is not narrowed: nobody could make "
                + "keys without it; make another first, with the role admin and without scopes"
        )
    }

    /// Whether whoever sent the key or token may be guessing: what the provider has signed was not made up.
    package var mayBeGuess: Bool { code == .unauthenticated || code == .refusedToken }

    /// Whether it says that a key or token is no good (any more).
    package var isRefusal: Bool { mayBeGuess || code == .expiredToken }

    /// The sentence.
    package var description: String { message }
}
