import JSON

/// Reads templates.
///
///     template   = *( text | "\{{" | "{{" expression "}}" )
///     expression = root *( "." name | "[" integer "]" | "[" string "]" ) *( "|" filter )
///     filter     = name [ "(" argument *( "," argument ) ")" ]
///     argument   = string | number | "true" | "false" | "null"
///     string     = "…" or '…', a backslash takes the next character as it is
struct TemplateParser {
    private let characters: [Character]
    private var index = 0

    init(_ source: String) {
        characters = Array(source)
    }

    mutating func parts() throws(TemplateError) -> [Template.Part] {
        var parts: [Template.Part] = []
        var literal = ""
        while index < characters.count {
            if starts(with: #"\{{"#) {
                literal += "{{"
                index += 3
            } else if starts(with: "{{") {
                if !literal.isEmpty { parts.append(.literal(literal)) }
                literal = ""
                index += 2
                parts.append(.expression(try expression()))
            } else {
                literal.append(characters[index])
                index += 1
            }
        }
        if !literal.isEmpty || parts.isEmpty { parts.append(.literal(literal)) }
        return parts
    }

    // MARK: Expression

    private mutating func expression() throws(TemplateError) -> TemplateExpression {
        let opening = index - 2
        skipSpace()
        let root = try root()
        var path: [TemplateExpression.Step] = []
        while let step = try step() { path.append(step) }
        skipSpace()
        var filters: [TemplateFilter] = []
        while take("|") {
            filters.append(try filter())
            skipSpace()
        }
        guard starts(with: "}}") else {
            if index >= characters.count {
                throw error(#"'{{' is not closed; write '}}', or '\{{' for a literal"#, at: opening)
            }
            throw error("expected '}}' or '|', found '\(characters[index])'")
        }
        index += 2
        let expression = TemplateExpression(root: root, path: path, filters: filters)
        try check(expression, at: opening)
        return expression
    }

    private mutating func root() throws(TemplateError) -> TemplateExpression.Root {
        let start = index
        let word = name()
        if let root = TemplateExpression.Root(rawValue: word) { return root }
        let roots = TemplateExpression.Root.allCases.map(\.rawValue)
        guard !word.isEmpty else {
            throw error("expected a name after '{{': one of \(roots.joined(separator: ", "))", at: start)
        }
        let suggestion = Suggestion.phrase(for: word, among: roots)
        let remedy = suggestion.isEmpty ? "; a variable is written variables.\(word)" : suggestion
        throw error("there is no '\(word)' in templates\(remedy)", at: start)
    }

    private mutating func step() throws(TemplateError) -> TemplateExpression.Step? {
        if take(".") {
            let word = name()
            guard !word.isEmpty else { throw error("expected a name after '.'") }
            return .member(word)
        }
        guard take("[") else { return nil }
        skipSpace()
        let step: TemplateExpression.Step
        if index < characters.count, "\"'".contains(characters[index]) {
            step = .member(try string())
        } else {
            let start = index
            if take("-") {}
            while index < characters.count, ("0"..."9").contains(characters[index]) { index += 1 }
            guard let element = Int(String(characters[start..<index])) else {
                throw error("expected a number or a quoted name after '['", at: start)
            }
            step = .element(element)
        }
        skipSpace()
        guard take("]") else { throw error("'[' is not closed") }
        return step
    }

    private func check(_ expression: TemplateExpression, at opening: Int) throws(TemplateError) {
        switch expression.root {
        case .item: return
        case .index:
            guard expression.path.isEmpty else { throw error("'index' is a number: it has no members", at: opening) }
        case .secrets, .totp:
            guard expression.path.count == 1, expression.name != nil else {
                throw error("write \(expression.root.rawValue).<name>", at: opening)
            }
        case .variables, .tasks, .job:
            guard expression.name != nil else {
                throw error("write \(expression.root.rawValue).<name>", at: opening)
            }
        }
    }

    // MARK: Filters

    private mutating func filter() throws(TemplateError) -> TemplateFilter {
        skipSpace()
        let start = index
        let word = name()
        let arguments = try arguments()
        func text(_ position: Int, _ what: String) throws(TemplateError) -> String {
            guard position < arguments.count, let text = arguments[position].string else {
                throw error("\(word) needs \(what)", at: start)
            }
            return text
        }
        func expect(_ counts: ClosedRange<Int>) throws(TemplateError) {
            guard counts.contains(arguments.count) else {
                throw error("\(word) takes \(Self.count(counts)), here are \(arguments.count)", at: start)
            }
        }
        switch word {
        case "default":
            try expect(1...1)
            return .default(arguments[0])
        case "date":
            try expect(1...1)
            return .date(
                try at(start) { () throws(TemplateError) in
                    try DatePattern(parsing: text(0, #"a pattern: date("dd.MM.yyyy")"#))
                }
            )
        case "number":
            try expect(1...2)
            let locale = arguments.count == 2 ? try text(1, "a locale as text") : "en"
            return .number(
                try at(start) { () throws(TemplateError) in
                    try NumberPattern(parsing: text(0, ##"a pattern: number("#,##0.00", "en")"##), locale: locale)
                }
            )
        default: break
        }
        let simple: [String: TemplateFilter] = [
            "upper": .upper, "lower": .lower, "trim": .trim, "json": .json, "urlencode": .urlencode,
            "raw": .raw,
        ]
        guard let filter = simple[word] else {
            let known = TemplateFilter.names.joined(separator: ", ")
            let suggestion = Suggestion.phrase(for: word, among: TemplateFilter.names)
            throw error(
                "there is no filter '\(word)'\(suggestion.isEmpty ? "; known are \(known)" : suggestion)",
                at: start
            )
        }
        try expect(0...0)
        return filter
    }

    /// Gives an error of a pattern its column.
    private func at<Value>(
        _ column: Int,
        _ body: () throws(TemplateError) -> Value
    ) throws(TemplateError) -> Value {
        do throws(TemplateError) {
            return try body()
        } catch {
            throw error.message.hasPrefix("column ") ? error : self.error(error.message, at: column)
        }
    }

    private static func count(_ range: ClosedRange<Int>) -> String {
        switch range {
        case 0...0: "no argument"
        case 1...1: "one argument"
        default: "\(range.lowerBound) or \(range.upperBound) arguments"
        }
    }

    private mutating func arguments() throws(TemplateError) -> [JSONValue] {
        skipSpace()
        guard take("(") else { return [] }
        var arguments: [JSONValue] = []
        while true {
            skipSpace()
            arguments.append(try argument())
            skipSpace()
            if take(")") { return arguments }
            guard take(",") else { throw error("expected ',' or ')' after an argument") }
        }
    }

    private mutating func argument() throws(TemplateError) -> JSONValue {
        if index < characters.count, "\"'".contains(characters[index]) { return .string(try string()) }
        let start = index
        while index < characters.count, characters[index].isTemplateNameCharacter || "+.".contains(characters[index]) {
            index += 1
        }
        guard let value = try? JSONValue(parsing: String(characters[start..<index])) else {
            throw error("expected text in quotes, a number, true, false or null", at: start)
        }
        return value
    }

    // MARK: Characters

    private mutating func string() throws(TemplateError) -> String {
        let start = index
        let quote = characters[index]
        index += 1
        var text = ""
        while index < characters.count {
            let character = characters[index]
            index += 1
            if character == quote { return text }
            if character == "\\", index < characters.count {
                text.append(characters[index])
                index += 1
            } else {
                text.append(character)
            }
        }
        throw error("the quote is not closed", at: start)
    }

    private mutating func name() -> String {
        let start = index
        while index < characters.count, characters[index].isTemplateNameCharacter { index += 1 }
        return String(characters[start..<index])
    }

    private mutating func skipSpace() {
        while index < characters.count, characters[index].isWhitespace { index += 1 }
    }

    private mutating func take(_ character: Character) -> Bool {
        guard index < characters.count, characters[index] == character else { return false }
        index += 1
        return true
    }

    private func starts(with text: String) -> Bool {
        characters[index...].starts(with: text)
    }

    private func error(_ message: String, at position: Int? = nil) -> TemplateError {
        let excerpt = String(characters.prefix(80))
        return TemplateError(.syntax, "column \((position ?? index) + 1) of '\(excerpt)': \(message)")
    }
}
