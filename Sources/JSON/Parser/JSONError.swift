/// JSON that cannot be read.
package struct JSONError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong.
    package enum Code: String, Sendable, Hashable {
        /// Not JSON (RFC 8259).
        case syntax
        /// The document ends inside a value.
        case unexpectedEnd
        /// Something follows the value.
        case trailingContent
        /// An object names a member twice.
        case duplicateKey
        /// Nested deeper than the limit.
        case tooDeep
        /// Longer than the limit.
        case tooLarge
        /// A string is not valid UTF-8, or an escape is half of a surrogate pair.
        case invalidText
        /// A number too large even for a `Double`.
        case numberOutOfRange
    }

    /// What is wrong.
    package var code: Code
    /// One sentence.
    package var message: String
    /// Where.
    package var position: SourcePosition
    /// Bytes before that place.
    package var offset: Int
    /// Inside which value.
    package var pointer: JSONPointer

    /// `line 3, column 7 (at /tasks/0): expected ',' or '}', found ']'`.
    package var description: String {
        let place = pointer.components.isEmpty ? "" : " (at \(pointer))"
        return "line \(position.line), column \(position.column)\(place): \(message)"
    }
}
