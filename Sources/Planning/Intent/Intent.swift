package import JSON
import RegularExpressions

/// Something people ask for, and the scenario that does it.
package struct Intent: Sendable {
    /// As clients name it: `send_newest_invoice`.
    package var name: String
    /// One line for people.
    package var summary: String
    /// Sentences that mean it.
    package var examples: [String]
    /// What fills the scenario's variables.
    package var slots: [Slot]
    /// The task template: a checked scenario whose variables are the slots.
    package var scenario: JSONObject

    /// Any of these means it; their named groups are slots.
    let patterns: [RegularExpression]
    /// Words that hint at it: of each group any one.
    let keywords: [[Keyword]]
    /// The words of each example: an unknown sentence is held against those of all intents.
    let exampleWords: [Set<String>]
    /// Whether a "not" is part of what it means: an example has one.
    let isNegative: Bool

    /// The slot of that name.
    package func slot(_ name: String) -> Slot? { slots.first { $0.name == name } }

    /// Names of the scenario's variables.
    package var variables: [String] { scenario["variables"]?.object?.keys ?? [] }
}

/// A word of a sentence, or its beginning.
struct Keyword: Hashable, Sendable {
    /// In lower case.
    let text: String
    let bytes: [UInt8]
    let isPrefix: Bool

    /// `rechnung`, or `rechnung*` for anything that begins so.
    init(_ text: String) {
        isPrefix = text.hasSuffix("*")
        self.text = (isPrefix ? String(text.dropLast()) : text).lowercased()
        bytes = Array(self.text.utf8)
    }
}
