extension SelectorParser {
    var atEnd: Bool { index >= characters.count }
    var isAtChain: Bool { index + 1 < characters.count && characters[index] == ">" && characters[index + 1] == ">" }

    mutating func skipSpace() {
        while index < characters.count, characters[index].isWhitespace { index += 1 }
    }

    func problem(_ problem: String, remedy: String, at position: Int? = nil) -> SelectorError {
        SelectorError(source: source, position: (position ?? index) + 1, problem: problem, remedy: remedy)
    }

    /// CSS or XPath up to the next `>>` outside of strings and brackets.
    ///
    /// In XPath a backslash is a character like others.
    mutating func css(after prefix: String, isXPath: Bool = false) throws(SelectorError) -> String {
        let start = index
        var open: [(bracket: Character, at: Int)] = []
        while !atEnd {
            let character = characters[index]
            if open.isEmpty, isAtChain { break }
            switch character {
            case "\\" where !isXPath:
                index += 1
            case "\"", "'":
                _ = try quoted(hasEscapes: !isXPath)
                continue
            case "(", "[":
                open.append((character, index))
            case ")", "]":
                guard open.popLast()?.bracket == (character == ")" ? "(" : "[") else {
                    throw problem("\(character) closes nothing", remedy: "Remove it, or escape it with a backslash.")
                }
            default:
                break
            }
            index += 1
        }
        index = min(index, characters.count)
        if let last = open.last {
            throw problem("\(last.bracket) is not closed", remedy: "Close it.", at: last.at)
        }
        let text = String(characters[start..<index]).trimmed
        guard !text.isEmpty else { throw problem("nothing follows \(prefix)", remedy: "Say what to find.", at: start) }
        return text
    }

    /// A quoted string; the index is on the opening quote.
    mutating func quoted(hasEscapes: Bool = true) throws(SelectorError) -> String {
        let start = index
        let quote = characters[index]
        index += 1
        var text = ""
        while !atEnd {
            let character = characters[index]
            index += 1
            if character == quote { return text }
            if character == "\\", hasEscapes, !atEnd {
                text.append(characters[index])
                index += 1
            } else {
                text.append(character)
            }
        }
        throw problem(
            "the quote \(quote) is not closed",
            remedy: "Close it, or write \\\(quote) for a quote.",
            at: start
        )
    }

    /// What to compare a text with.
    mutating func match(
        after prefix: String,
        plain: TextMatch.Kind = .contains,
        until isEnd: (SelectorParser) -> Bool = { $0.isAtChain }
    ) throws(SelectorError) -> TextMatch {
        skipSpace()
        let start = index
        if !atEnd, characters[index] == "\"" || characters[index] == "'" {
            return TextMatch(.exact, try quoted())
        }
        if let regex = try regex() { return regex }
        while !atEnd, !isEnd(self) { index += 1 }
        let text = String(characters[start..<index]).trimmed
        guard !text.isEmpty else {
            throw problem(
                "nothing follows \(prefix)",
                remedy: "Say which text, in quotes when it must be all of it.",
                at: start
            )
        }
        return TextMatch(plain, text)
    }

    /// `/pattern/flags`; nil when there is no closing slash, as in a path.
    private mutating func regex() throws(SelectorError) -> TextMatch? {
        guard !atEnd, characters[index] == "/" else { return nil }
        var end = index + 1
        var isInClass = false
        while end < characters.count {
            switch characters[end] {
            case "\\": end += 1
            case "[": isInClass = true
            case "]": isInClass = false
            case "/" where !isInClass: return try regex(closedAt: end)
            default: break
            }
            end += 1
        }
        return nil
    }

    private mutating func regex(closedAt end: Int) throws(SelectorError) -> TextMatch {
        let pattern = String(characters[(index + 1)..<end])
        var flagsEnd = end + 1
        while flagsEnd < characters.count, characters[flagsEnd].isLetter { flagsEnd += 1 }
        let flags = String(characters[(end + 1)..<flagsEnd])
        if let flag = flags.first(where: { !"imsu".contains($0) }) {
            throw problem(
                "\(flag) is no flag of a regular expression",
                remedy: "Use i, m, s or u; a text with slashes goes in quotes.",
                at: end + 1
            )
        }
        index = flagsEnd
        return TextMatch(.regex, pattern, flags: flags)
    }

    mutating func integer() throws(SelectorError) -> Int {
        let start = index
        let word = self.word()
        guard let value = Int(word) else {
            throw problem(
                "\(word.isEmpty ? "nothing" : word) is not a whole number",
                remedy: "Count from 0; -1 is the last.",
                at: start
            )
        }
        return value
    }

    mutating func bool() throws(SelectorError) -> Bool {
        let start = index
        switch word() {
        case "true": return true
        case "false": return false
        default: throw problem("visible= is true or false", remedy: "Write visible=true.", at: start)
        }
    }

    /// A selector inside another: quoted, or everything up to the next `>>`.
    mutating func inner(after prefix: String) throws(SelectorError) -> [SelectorPart] {
        skipSpace()
        let start = index
        let isQuoted = !atEnd && (characters[index] == "\"" || characters[index] == "'")
        let text = isQuoted ? try quoted() : try css(after: prefix)
        do {
            return try Selector(text).parts
        } catch {
            throw problem(
                "the selector inside \(prefix) is not valid: \(error.problem)",
                remedy: error.remedy,
                at: start
            )
        }
    }

    mutating func word() -> String {
        skipSpace()
        let start = index
        while !atEnd, !isAtChain, !characters[index].isWhitespace, characters[index] != "]" { index += 1 }
        return String(characters[start..<index])
    }
}

extension Character {
    /// Letters and hyphens make engine names.
    var isEngineCharacter: Bool { isASCII && (isLetter || self == "-" || self == "_") }
}

extension String {
    /// Without white space at both ends.
    var trimmed: String {
        guard let first = firstIndex(where: { !$0.isWhitespace }),
            let last = lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(self[first...last])
    }
}
