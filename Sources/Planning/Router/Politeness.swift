import RegularExpressions

/// Words that are said around names and requests, and are no part of them.
enum Politeness {
    private static let words: Set<String> = ["bitte", "bitteschön", "please", "kindly"]

    /// `Hallo,` and what makes a request a question that is still a sentence without it.
    private static let opening = expression(
        "^(?:(?:hallo|hi|hey|hello|moin|servus|guten (?:tag|morgen|abend)|good (?:morning|afternoon|evening))"
            + "(?: zusammen| all| there)?[,.!:–-]* |(?:can|could|would|will) you (?:please |kindly )?)+"
    )
    /// Thanks and greetings; short ones only behind a mark, for LG is a firm, too.
    private static let closing = expression(
        "(?:(?:[,.!?;–-]* (?:(?:und|and) )?(?:\(thanks))(?: schon mal| im voraus| in advance)*"
            + "|[,.!?;–-]+ (?:(?:und|and) )?(?:lg|vg|mfg|regards))[,.!?;]*)+$"
    )
    private static let thanks =
        "(?:vielen|besten|herzlichen|tausend|schönen|lieben) dank|danke(?:schön| schön| sehr| dir| ihnen)?"
        + "|(?:thank you|many thanks|thanks)(?: very much| so much| a lot)?|thx|bitte|please"
        + "|(?:liebe|viele|beste|schöne) grüße|mit freundlichen grüßen|(?:best|kind) regards"

    /// A sentence of UTF-8 without greetings and thanks around it; nil when there are none, or nothing else.
    static func removed(from sentence: [UInt8]) -> [UInt8]? {
        let start = (try? opening.firstMatch(in: sentence))?.range.upperBound ?? 0
        let rest = Array(sentence[start...])
        let end = (try? closing.firstMatch(in: rest))?.range.lowerBound ?? rest.count
        guard end > 0, start > 0 || end < rest.count else { return nil }
        return Array(rest[..<end])
    }

    /// A name without such words before and after it; empty when there is nothing else.
    static func removed(from name: String) -> String {
        var rest = name.split(separator: " ")[...]
        var isChanged = false
        while let word = rest.first, isPolite(word) { (rest, isChanged) = (rest.dropFirst(), true) }
        while let word = rest.last, isPolite(word) { (rest, isChanged) = (rest.dropLast(), true) }
        guard isChanged else { return name }
        let text = rest.joined(separator: " ")
        return text.last == "," ? String(text.dropLast()) : text
    }

    private static func isPolite(_ word: Substring) -> Bool {
        words.contains(word.lowercased().filter { $0.isLetter })
    }

    private static func expression(_ pattern: String) -> RegularExpression {
        do {
            return try RegularExpression(pattern)
        } catch { preconditionFailure("Cannot compile '\(pattern)': \(error.message)") }
    }
}
