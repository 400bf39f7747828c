/// Why access was refused or a key could not be kept.
package struct SecurityError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What went wrong.
    package enum Code: String, Sendable {
        /// No key, a malformed, unknown, wrong or revoked one: the caller is told nothing more.
        case unauthenticated
        /// The key file cannot be written or read.
        case keyFile
    }

    /// What went wrong.
    package var code: Code
    /// One sentence; never holds a key.
    package var message: String
    /// The sentence.
    package var description: String { message }
}
