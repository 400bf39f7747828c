/// How a text is compared; white space is normalised first.
package struct TextMatch: Sendable, Hashable {
    /// The kind of comparison.
    package enum Kind: String, Sendable, Hashable {
        /// Occurs in it, ignoring case.
        case contains
        /// Is all of it, case included.
        case exact
        /// An ECMAScript regular expression finds something in it.
        case regex
        /// Occurs in it, case included; `*` stands for anything. For addresses.
        case address
    }

    /// How to compare.
    package var kind: Kind
    /// The text or pattern.
    package var value: String
    /// Flags of a regular expression: `i`, `m`, `s`, `u`.
    package var flags: String

    /// A match.
    package init(_ kind: Kind, _ value: String, flags: String = "") {
        self.kind = kind
        self.value = value
        self.flags = flags
    }
}
