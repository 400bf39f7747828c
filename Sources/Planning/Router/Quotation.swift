/// Marks that people put around names and texts, and that are no part of them.
enum Quotation {
    private static let pairs: [(open: Character, close: Character)] = [
        ("\"", "\""), ("„", "“"), ("„", "”"), ("„", "\""), ("“", "”"), ("»", "«"), ("«", "»"), ("'", "'"), ("‚", "‘"),
        ("‘", "’"),
    ]

    /// What stands in the marks around all of a text; the text itself when there are none.
    static func removed(from text: String) -> String {
        guard let first = text.first, let last = text.last, text.count > 1,
            pairs.contains(where: { $0.open == first && $0.close == last })
        else { return text }
        let inner = text.dropFirst().dropLast()
        // `"A" and "B"` begins and ends with marks, and stands in none.
        return inner.contains { $0 == first || $0 == last } ? text : String(inner).trimmed
    }
}
