import JSON

/// Writes a selector of literal pieces and values, so that a value can never become syntax.
///
/// Follows the grammar of selectors (docs/scenarios.md) just far enough to know where a value lands: inside quotes it is
/// escaped for them; where a text is expected it becomes a quoted text; in CSS an identifier; in XPath a string.
struct SelectorWriter {
    private enum Engine {
        /// Nothing read yet of this part.
        case unknown
        case css, xpath
        /// `text=`, `label=` and the like: quoted text, `/regex/`, or plain text.
        case text
        case role
        case nth
    }

    private(set) var text = ""
    private var engine = Engine.unknown
    private var partStart: String.Index
    private var quote: Character?
    private var isEscaped = false
    private var brackets: [Character] = []
    /// Where the text of a `text=` or `name=` begins; nil outside of one.
    private var bodyStart: String.Index?

    init() {
        partStart = text.startIndex
    }

    /// The quote or bracket that a whole selector leaves open; nil when it leaves none, or when that cannot be told here.
    static func openEnd(of selector: String) -> Character? {
        // What a backslash escapes differs, and only the browser's own parser knows it all.
        guard selector.utf8.contains(where: { "\"'([".utf8.contains($0) }), !selector.contains("\\") else { return nil }
        var writer = SelectorWriter()
        writer.append(selector)
        switch writer.engine {
        case .css, .xpath: return writer.quote ?? writer.brackets.last
        case .role:
            if let quote = writer.quote { return quote }
            // A plain name may hold brackets, too; but it has an end.
            let part = writer.text[writer.partStart...]
            guard let open = part.lastIndex(of: "["), !part[open...].contains("]") else { return nil }
            return "["
        // Brackets in plain text are text.
        case .unknown, .text, .nth: return writer.quote
        }
    }

    mutating func append(_ literal: String) {
        for character in literal { append(character) }
    }

    private mutating func append(_ character: Character) {
        text.append(character)
        if isEscaped {
            isEscaped = false
        } else if character == "\\" {
            isEscaped = true
        } else if let open = quote {
            if character == open { quote = nil }
        } else {
            scan(character)
        }
    }

    private mutating func scan(_ character: Character) {
        switch character {
        case "\"", "'":
            let isNested = engine == .unknown && text[partStart...].dropLast().allSatisfy(\.isWhitespace)
            if engine == .unknown, !isNested { engine = .css }
            // In plain text an apostrophe is an apostrophe.
            if bodyStart.map({ text[$0...].dropLast().allSatisfy(\.isWhitespace) }) ?? true { quote = character }
            return
        case "(", "[": brackets.append(character)
        case ")", "]":
            _ = brackets.popLast()
            if engine == .role { bodyStart = nil }
        case "=": readEngine()
        case ">" where text.hasSuffix(">>") && (brackets.isEmpty || engine == .text):
            beginPart()
            return
        default: break
        }
        if engine == .unknown, !character.isWhitespace, !Self.isEngineCharacter(character) { engine = bareEngine }
    }

    /// What a part without `name=` is; `(` may still become `(//`.
    private var bareEngine: Engine {
        let part = text[partStart...].drop(while: \.isWhitespace)
        if part == "(" { return .unknown }
        return part.hasPrefix("/") || part.hasPrefix("..") || part.hasPrefix("(/") ? .xpath : .css
    }

    private static func isEngineCharacter(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || "-_=".contains(character))
    }

    private mutating func beginPart() {
        engine = .unknown
        partStart = text.endIndex
        bodyStart = nil
        brackets = []
    }

    private mutating func readEngine() {
        if engine == .role {
            bodyStart = text.endIndex
            return
        }
        guard engine == .unknown else { return }
        switch text[partStart...].dropLast().drop(while: \.isWhitespace) {
        case "css": engine = .css
        case "xpath": engine = .xpath
        case "text", "label", "placeholder", "testid", "alt", "title", "has-text", "has-not-text":
            engine = .text
            bodyStart = text.endIndex
        case "role": engine = .role
        case "nth", "visible": engine = .nth
        case "has", "has-not", "and", "or", "frame": partStart = text.endIndex
        default: engine = .css
        }
    }

    // MARK: Values

    mutating func append(value: JSONValue, for expression: TemplateExpression) throws(TemplateError) {
        let string = try TemplateFilter.text(of: value)
        func refuse(_ problem: String) -> TemplateError {
            TemplateError(.unsuitable, "'\(expression.reference)' cannot stand here in the selector: \(problem)")
        }
        if let quote {
            switch engine {
            case .unknown:
                throw refuse("it is a selector inside quotes; write it without the quotes, up to the next >>")
            case .xpath where string.contains(quote) || string.contains("\\"):
                throw refuse("XPath has no way to write its quotes inside quotes; leave the quotes out")
            case .xpath: text += string
            case .css: text += Self.cssString(string, quote: quote)
            default: text += Self.escaped(string, ["\\", quote])
            }
            return
        }
        switch engine {
        case .unknown:
            throw refuse("it would be syntax; write for example text={{ … }} or css=[name=\"{{ … }}\"]")
        case .css:
            let isNumber = Int(string) != nil && brackets.last == "("
            text += isNumber ? string : Self.cssIdentifier(string, continues: continuesIdentifier)
        case .xpath: text += Double(string) != nil ? string : Self.xpathString(string)
        case .nth:
            guard Int(string) != nil || string == "true" || string == "false" else {
                throw refuse("a number is expected")
            }
            text += string
        case .text, .role:
            guard let bodyStart else {
                guard string.allSatisfy({ $0.isASCII && $0.isLetter }) else { throw refuse("a role is expected") }
                text += string
                return
            }
            let body = text[bodyStart...].drop(while: \.isWhitespace)
            if body.isEmpty {
                text += "\"\(Self.escaped(string, ["\\", "\""]))\""
            } else if body.hasPrefix("/") {
                text += Self.escaped(string, Set(#"\^$.*+?()[]{}|/"#))
            } else if string.contains(">>") || (engine == .role && string.contains("]")) {
                throw refuse("its value holds '>>' or ']'; put the whole text in quotes")
            } else {
                text += string
            }
        }
    }

    private var continuesIdentifier: Bool {
        text.last.map { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" } ?? false
    }

    private static func escaped(_ string: String, _ special: Set<Character>) -> String {
        string.reduce(into: "") { result, character in
            if special.contains(character) { result.append("\\") }
            result.append(character)
        }
    }

    /// CSS Syntax Level 3, §4.3.7: a newline needs its code point.
    private static func cssString(_ string: String, quote: Character) -> String {
        string.reduce(into: "") { result, character in
            switch character {
            case quote, "\\": result += "\\\(character)"
            case "\n", "\r", "\r\n", "\u{c}", "\0":
                for scalar in character.unicodeScalars { result += "\\\(String(scalar.value, radix: 16)) " }
            default: result.append(character)
            }
        }
    }

    /// CSSOM, "serialize an identifier".
    private static func cssIdentifier(_ string: String, continues: Bool) -> String {
        var result = ""
        var isStart = !continues
        for scalar in string.unicodeScalars {
            switch scalar {
            case "0"..."9" where isStart: result += "\\\(String(scalar.value, radix: 16)) "
            case "a"..."z", "A"..."Z", "0"..."9", "_", "\u{80}"...: result.unicodeScalars.append(scalar)
            case "-" where !isStart || string.unicodeScalars.count > 1: result.unicodeScalars.append(scalar)
            case "\0"..."\u{1f}", "\u{7f}": result += "\\\(String(scalar.value, radix: 16)) "
            default: result += "\\\(scalar)"
            }
            isStart = isStart && scalar == "-"
        }
        return result
    }

    private static func xpathString(_ string: String) -> String {
        if !string.contains("\"") { return "\"\(string)\"" }
        if !string.contains("'") { return "'\(string)'" }
        let pieces = string.split(separator: "\"", omittingEmptySubsequences: false).map { "\"\($0)\"" }
        return "concat(\(pieces.joined(separator: ", '\"', ")))"
    }
}
