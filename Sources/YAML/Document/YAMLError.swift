package import JSON

/// YAML that cannot be read.
package struct YAMLError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong.
    package enum Code: String, Sendable, Hashable {
        /// Not YAML.
        case syntax
        /// Not UTF-8, or a control character.
        case encoding
        /// A mapping names a member twice.
        case duplicateKey
        /// A key that is no plain text, or the merge key `<<`.
        case unsupportedKey
        /// A tag other than `!!str`, `!!int`, `!!float`, `!!bool`, `!!null`, `!!seq`, `!!map`.
        case unsupportedTag
        /// A value JSON has no form for, or that its tag does not allow.
        case invalidScalar
        /// An alias of an anchor that is not there, or of one it stands in.
        case invalidAlias
        /// More than one document.
        case severalDocuments
        /// Nested deeper than the limit.
        case tooDeep
        /// Longer than the limit, as written or with aliases expanded.
        case tooLarge
    }

    /// What is wrong.
    package var code: Code
    /// One or two sentences: what, and what to write instead.
    package var message: String
    /// File name, when there is a file.
    package var file: String?
    /// Where.
    package var position: SourcePosition

    /// `portal.yaml:3:7: the member 'url' is there twice; it was first at line 2`.
    package var description: String {
        file.map { "\($0):\(position): \(message)" } ?? "line \(position.line), column \(position.column): \(message)"
    }
}
