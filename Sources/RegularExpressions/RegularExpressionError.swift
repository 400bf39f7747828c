/// A pattern that cannot be used, or a text it cannot be matched against.
package struct RegularExpressionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What went wrong.
    package enum Code: String, Sendable {
        /// No regular expression; `offset` says where.
        case malformed
        /// Longer than `RegularExpression.lengthLimit`.
        case tooLarge
        /// The match needed too many steps: simplify the pattern.
        case tooCostly
    }

    package var code: Code
    /// The rest of a sentence that begins with the pattern.
    package var message: String
    /// Bytes of the pattern before the place.
    package var offset: Int
    /// The message.
    package var description: String { message }

    init(_ code: Code, _ message: String, offset: Int) {
        self.code = code
        self.message = message
        self.offset = offset
    }
}
