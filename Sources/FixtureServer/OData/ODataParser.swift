import JSON

/// Reads `$filter` expressions.
struct ODataParser {
    /// What is wrong with an expression, in the service's words.
    struct Failure: Error {
        let message: String
    }

    private enum Token: Hashable {
        case word(String)
        case string(String)
        case number(String)
        case symbol(Character)
    }

    private static let maximumDepth = 32

    private let text: String
    private var tokens: [Token] = []
    private var next = 0
    private var depth = 0

    /// Reads a whole expression.
    static func parse(_ text: String) throws(Failure) -> ODataExpression {
        var parser = ODataParser(text)
        try parser.tokenize()
        let expression = try parser.disjunction()
        guard parser.next == parser.tokens.count else { throw parser.failure() }
        return expression
    }

    private init(_ text: String) { self.text = text }

    private func failure() -> Failure {
        Failure(message: "Invalid filter clause: Syntax error at position \(next) in '\(text)'.")
    }

    // MARK: Tokens

    private mutating func tokenize() throws(Failure) {
        let characters = Array(text)
        var index = 0
        func run(while belongs: (Character) -> Bool) -> String {
            let start = index
            while index < characters.count, belongs(characters[index]) { index += 1 }
            return String(characters[start..<index])
        }
        while index < characters.count {
            let character = characters[index]
            if character.isWhitespace {
                index += 1
            } else if character == "'" {
                tokens.append(.string(try Self.quoted(characters, &index, failure())))
            } else if character.isLetter || character == "_" {
                tokens.append(.word(run { $0.isLetter || $0.isNumber || "_.".contains($0) }))
            } else if character.isNumber || character == "-" {
                // A number, or a time: both are unquoted.
                tokens.append(.number(run { $0.isNumber || $0.isLetter || "-:.+".contains($0) }))
            } else if "(),:/".contains(character) {
                tokens.append(.symbol(character))
                index += 1
            } else {
                throw failure()
            }
        }
    }

    /// A quote inside a literal is doubled.
    private static func quoted(
        _ characters: [Character],
        _ index: inout Int,
        _ failure: Failure
    ) throws(Failure) -> String {
        var content = ""
        index += 1
        while index < characters.count {
            let character = characters[index]
            index += 1
            guard character == "'" else {
                content.append(character)
                continue
            }
            guard index < characters.count, characters[index] == "'" else { return content }
            content.append("'")
            index += 1
        }
        throw failure
    }

    private var current: Token? { next < tokens.count ? tokens[next] : nil }

    private mutating func accept(_ symbol: Character) -> Bool {
        guard current == .symbol(symbol) else { return false }
        next += 1
        return true
    }

    private mutating func accept(word: String) -> Bool {
        guard case .word(let found)? = current, found.lowercased() == word else { return false }
        next += 1
        return true
    }

    private mutating func expect(_ symbol: Character) throws(Failure) {
        guard accept(symbol) else { throw failure() }
    }

    // MARK: Grammar

    private mutating func disjunction() throws(Failure) -> ODataExpression {
        depth += 1
        defer { depth -= 1 }
        guard depth < Self.maximumDepth else { throw failure() }
        var expression = try conjunction()
        while accept(word: "or") { expression = .or(expression, try conjunction()) }
        return expression
    }

    private mutating func conjunction() throws(Failure) -> ODataExpression {
        var expression = try term()
        while accept(word: "and") { expression = .and(expression, try term()) }
        return expression
    }

    private mutating func term() throws(Failure) -> ODataExpression {
        depth += 1
        defer { depth -= 1 }
        guard depth < Self.maximumDepth else { throw failure() }
        if accept(word: "not") { return .not(try term()) }
        if accept("(") {
            let inner = try disjunction()
            try expect(")")
            return inner
        }
        let operand = try operand()
        guard case .word(let word)? = current, let comparison = ODataExpression.Comparison(rawValue: word.lowercased())
        else { return operand }
        next += 1
        return .compare(comparison, operand, try self.operand())
    }

    private mutating func operand() throws(Failure) -> ODataExpression {
        guard let token = current else { throw failure() }
        next += 1
        switch token {
        case .string(let string):
            return .literal(.string(string))
        case .number(let number):
            if let integer = Int64(number) { return .literal(.integer(integer)) }
            return .literal(Double(number).map { .number($0) } ?? .string(number))
        case .word("true"):
            return .literal(.bool(true))
        case .word("false"):
            return .literal(.bool(false))
        case .word("null"):
            return .literal(.null)
        case .word(let word):
            return current == .symbol("(") ? try call(word) : try path(word)
        case .symbol:
            throw failure()
        }
    }

    private mutating func call(_ name: String) throws(Failure) -> ODataExpression {
        guard let function = ODataExpression.Function(rawValue: name.lowercased()) else { throw failure() }
        try expect("(")
        let first = try operand()
        try expect(",")
        let second = try operand()
        try expect(")")
        return .call(function, first, second)
    }

    private mutating func path(_ first: String) throws(Failure) -> ODataExpression {
        var path = [first]
        while accept("/") {
            guard case .word(let word)? = current else { throw failure() }
            next += 1
            if word.lowercased() == "any", accept("(") {
                guard case .word(let variable)? = current else { throw failure() }
                next += 1
                try expect(":")
                let body = try disjunction()
                try expect(")")
                return .any(path: path, variable: variable, body: body)
            }
            path.append(word)
        }
        return .path(path)
    }
}
