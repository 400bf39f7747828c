/// Why a selector cannot be read.
package struct SelectorError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The selector.
    package let source: String
    /// Where it goes wrong, counted from 1 in characters.
    package let position: Int
    /// What is wrong there.
    package let problem: String
    /// What to write instead.
    package let remedy: String

    /// One sentence with all of it.
    package var description: String {
        "The selector \(source) is not valid at character \(position): \(problem). \(remedy)"
    }
}
