/// Reads the value of `$search`.
struct KQLParser {
    private static let deepest = 20
    /// What the language has and nobody needs here.
    private static let unsupported: Set<String> = ["NEAR", "ONEAR", "XRANK", "WORDS", "ANY", "ALL"]

    private var tokens: ArraySlice<Token>

    /// A word with what stands before it, or a sign of the language.
    private struct Token: Hashable {
        var property: String?
        var sign = ""
        var text = ""
        var isQuoted = false
        var parenthesis: Character?

        /// An operator of the language, in upper case as it insists.
        var isOperator: Bool { property == nil && !isQuoted && parenthesis == nil }
    }

    /// - Parameter value: must stand in double quotes.
    static func parse(_ value: String) throws(GraphFailure) -> KQLExpression {
        guard value.count >= 2, value.first == "\"", value.last == "\"" else {
            let position = value.firstIndex(of: ":").map { value.distance(from: value.startIndex, to: $0) } ?? 0
            throw .badRequest("Syntax error: character ':' is not valid at position \(position) in '\(value)'.")
        }
        var parser = KQLParser(tokens: try tokens(String(value.dropFirst().dropLast()))[...])
        let expression = try parser.alternatives(depth: 0)
        guard parser.tokens.isEmpty else { throw failure("a parenthesis that is not opened") }
        return expression
    }

    private static func failure(_ what: String) -> GraphFailure {
        .badRequest("Syntax error: the $search has \(what).")
    }

    // MARK: Words

    /// Splits at spaces, but not inside `\"…\"`.
    private static func tokens(_ text: String) throws(GraphFailure) -> [Token] {
        var tokens: [Token] = []
        var token = Token()
        var isQuoted = false
        var isEscaped = false
        func end() {
            if !token.text.isEmpty || token.property != nil { tokens.append(token) }
            token = Token()
        }
        for character in text {
            if isEscaped {
                isEscaped = false
                if character == "\"" {
                    isQuoted.toggle()
                    token.isQuoted = true
                } else {
                    token.text.append(character)
                }
                continue
            }
            switch character {
            case "\\": isEscaped = true
            case " " where !isQuoted: end()
            case "(" where !isQuoted, ")" where !isQuoted:
                end()
                tokens.append(Token(parenthesis: character))
            case ":" where !isQuoted, "<" where !isQuoted, ">" where !isQuoted, "=" where !isQuoted:
                if token.property == nil, !token.isQuoted {
                    token.property = token.text.lowercased()
                    token.text = ""
                    token.sign = String(character)
                } else if token.text.isEmpty {
                    token.sign.append(character)
                } else {
                    token.text.append(character)
                }
            default: token.text.append(character)
            }
        }
        guard !isQuoted, !isEscaped else { throw failure("a quote that is not closed") }
        end()
        return tokens
    }

    // MARK: Grammar

    private mutating func alternatives(depth: Int) throws(GraphFailure) -> KQLExpression {
        var expression = try conditions(depth: depth)
        while take("OR") { expression = .or(expression, try conditions(depth: depth)) }
        return expression
    }

    private mutating func conditions(depth: Int) throws(GraphFailure) -> KQLExpression {
        var expression = try condition(depth: depth)
        while let next = tokens.first, next.parenthesis != ")", !(next.isOperator && next.text == "OR") {
            _ = take("AND")
            expression = .and(expression, try condition(depth: depth))
        }
        return expression
    }

    private mutating func condition(depth: Int) throws(GraphFailure) -> KQLExpression {
        guard depth < Self.deepest else { throw Self.failure("too many parentheses") }
        if take("NOT") { return .not(try condition(depth: depth + 1)) }
        guard let token = tokens.popFirst() else { throw Self.failure("nothing where a word should be") }
        if token.parenthesis == "(" {
            let inner = try alternatives(depth: depth + 1)
            guard tokens.popFirst()?.parenthesis == ")" else { throw Self.failure("a parenthesis that is not closed") }
            return inner
        }
        guard token.parenthesis == nil else { throw Self.failure("nothing before a parenthesis") }
        if token.isOperator {
            guard !["AND", "OR"].contains(token.text), !Self.unsupported.contains(token.text.prefixWord) else {
                throw Self.failure("'\(token.text)' where a word should be")
            }
            if token.text.count > 1, token.text.first == "-" {
                return .not(.term(try KQLTerm(property: nil, sign: "", text: String(token.text.dropFirst()))))
            }
        }
        return .term(try KQLTerm(property: token.property, sign: token.sign, text: token.text))
    }

    private mutating func take(_ word: String) -> Bool {
        guard let next = tokens.first, next.isOperator, next.text == word else { return false }
        tokens.removeFirst()
        return true
    }
}

extension String {
    /// `NEAR` of `NEAR(5)`.
    fileprivate var prefixWord: String { String(prefix { $0.isLetter }) }
}
