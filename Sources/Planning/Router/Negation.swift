/// Words that turn what a sentence asks for into what it asks not to do.
enum Negation {
    private static let words: Set<String> = [
        "nicht", "nie", "niemals", "kein", "keine", "keinem", "keinen", "keiner", "keines", "keinesfalls", "keineswegs",
        "not", "never", "dont", "cannot", "cant", "no",
    ]

    /// What an apostrophe is written as; the last (U+02BC) is a letter to Unicode.
    private static let apostrophes: [Character] = ["'", "’", "ʼ"]

    /// Whether one may be among a sentence's words, in lower case: most sentences need no closer look.
    ///
    /// `don't` is two of them, unless its apostrophe is a letter.
    static func isPossible(among sentence: Set<String>) -> Bool {
        sentence.contains("t") || !sentence.isDisjoint(with: words) || sentence.contains { $0.hasSuffix("nʼt") }
    }

    /// Where such words are, in bytes.
    ///
    /// What stands in quotes is no request, and what stands in an address is no word.
    static func ranges(in text: String) -> [Range<Int>] {
        let quoted = quotes(in: text)
        return text.split(separator: " ").filter { !$0.contains("@") && !$0.contains("://") }
            .flatMap { $0.split { !($0.isLetter || $0.isNumber || isApostrophe($0)) } }
            .filter { isNegation($0) && !isNumber($0, in: text) }
            .map { word in
                let start = text.utf8.distance(from: text.startIndex, to: word.startIndex)
                return start..<start + word.utf8.count
            }
            .filter { range in !quoted.contains { $0.contains(range.lowerBound) } }
    }

    private static func isNegation(_ word: Substring) -> Bool {
        let word = word.lowercased()
        return words.contains(word) || apostrophes.contains { word.hasSuffix("n\($0)t") }
    }

    /// Whether it is the "no" of `invoice no 17` and `No. 5`, or part of a name such as `No-Name`.
    private static func isNumber(_ word: Substring, in text: String) -> Bool {
        guard word.lowercased() == "no" else { return false }
        let rest = text[word.endIndex...]
        return rest.first == "-"
            || rest.drop { ".:# ".contains($0) }.prefix { $0 != " " }.contains(where: \.isNumber)
    }

    private static func isApostrophe(_ character: Character) -> Bool { apostrophes.contains(character) }

    /// From each quotation mark to the next; one without a next quotes nothing.
    private static func quotes(in text: String) -> [Range<Int>] {
        let marks = text.indices.filter { "\"„“”»«".contains(text[$0]) }
            .map { text.utf8.distance(from: text.startIndex, to: $0) }
        return stride(from: 1, to: marks.count, by: 2).map { marks[$0 - 1]..<marks[$0] }
    }
}
