/// Words that are said around names, and are none.
enum Politeness {
    private static let words: Set<String> = ["bitte", "bitteschön", "please", "kindly"]

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
}
