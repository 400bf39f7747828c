/// Words that turn what a sentence asks for into what it asks not to do.
enum Negation {
    private static let words: Set<String> = [
        "nicht", "nie", "niemals", "kein", "keine", "keinem", "keinen", "keiner", "keines", "keinesfalls", "keineswegs",
        "not", "never", "dont",
    ]

    /// Whether one may be among a sentence's words, in lower case: most sentences need no closer look. `don't` is two of them.
    static func isPossible(among sentence: Set<String>) -> Bool {
        sentence.contains("t") || !sentence.isDisjoint(with: words)
    }

    /// Where such words are, in bytes.
    ///
    /// What stands in quotes is no request, and what stands in an address is no word.
    static func ranges(in text: String) -> [Range<Int>] {
        let quoted = quotes(in: text)
        return text.split(separator: " ").filter { !$0.contains("@") && !$0.contains("://") }
            .flatMap { $0.split { !($0.isLetter || $0.isNumber || isApostrophe($0)) } }
            .filter(isNegation)
            .map { word in
                let start = text.utf8.distance(from: text.startIndex, to: word.startIndex)
                return start..<start + word.utf8.count
            }
            .filter { range in !quoted.contains { $0.contains(range.lowerBound) } }
    }

    private static func isNegation(_ word: Substring) -> Bool {
        let word = word.lowercased()
        return words.contains(word) || word.hasSuffix("n't") || word.hasSuffix("n’t")
    }

    private static func isApostrophe(_ character: Character) -> Bool { character == "'" || character == "’" }

    /// From each quotation mark to the next; one without a next quotes nothing.
    private static func quotes(in text: String) -> [Range<Int>] {
        let marks = text.indices.filter { "\"„“”".contains(text[$0]) }
            .map { text.utf8.distance(from: text.startIndex, to: $0) }
        return stride(from: 1, to: marks.count, by: 2).map { marks[$0 - 1]..<marks[$0] }
    }
}
