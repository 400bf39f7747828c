/// Reads selectors.
///
///     selector  = part *( ">>" part )
///     part      = "css=" css | "xpath=" path | "text=" match | "role=" name *( "[" attribute "]" )
///               | ( "label=" | "placeholder=" | "testid=" | "alt=" | "title=" | "has-text=" | "has-not-text=" ) match
///               | "nth=" integer | "first" | "last" | "visible=" ( "true" | "false" )
///               | ( "has=" | "has-not=" | "and=" | "or=" | "frame=" ) ( quoted selector | selector without ">>" )
///               | "//" path | css
///     match     = quoted (all of the text, case included) | "/" regex "/" flags | text (contained, any case)
///     quoted    = "…" or '…', a backslash takes the next character as it is
///     attribute = "name=" match | "exact" | "include-hidden" | "level=" integer
///               | ( "checked" | "disabled" | "expanded" | "pressed" | "selected" ) [ "=" ( true | false | mixed ) ]
struct SelectorParser {
    let characters: [Character]
    let source: String
    var index = 0

    static let engines = [
        "css", "xpath", "text", "role", "label", "placeholder", "testid", "alt", "title", "nth", "has-text",
        "has-not-text", "has", "has-not", "and", "or", "visible", "frame",
    ]

    init(_ source: String) {
        self.source = source
        characters = Array(source)
    }

    mutating func parse() throws(SelectorError) -> ([SelectorPart], [String]) {
        var parts: [SelectorPart] = []
        var sources: [String] = []
        skipSpace()
        if atEnd { throw problem("it is empty", remedy: "Write for example role=button[name=\"OK\"] or css=#id.") }
        while true {
            skipSpace()
            let start = index
            if atEnd || isAtChain {
                throw problem("a part is missing", remedy: "Write a selector before and after each >>.")
            }
            let part = try part()
            if parts.isEmpty, case .or = part {
                throw problem("or= stands first", remedy: "Write one selector, then >> or=another.", at: start)
            }
            parts.append(part)
            sources.append(String(characters[start..<index]).trimmed)
            skipSpace()
            if atEnd { break }
            guard isAtChain else {
                throw problem("unexpected text", remedy: "Chain parts with >>, or put the text in quotes.")
            }
            index += 2
        }
        if case .frame = parts[parts.count - 1] {
            throw problem(
                "frame= names nothing inside the frame",
                remedy: "Go on with >> and what to find in the frame."
            )
        }
        return (parts, sources)
    }

    private mutating func part() throws(SelectorError) -> SelectorPart {
        let start = index
        guard let engine = engineName() else { return try bare() }
        guard Self.engines.contains(engine) else { throw unknown(engine, at: start) }
        index += engine.count + 1
        switch engine {
        case "css": return .css(try css(after: "css="))
        case "xpath": return .xpath(try css(after: "xpath=", isXPath: true))
        case "text": return .text(try match(after: "text="))
        case "role": return .role(try role())
        case "label": return .label(try match(after: "label="))
        case "placeholder": return .placeholder(try match(after: "placeholder="))
        case "testid": return .testID(try match(after: "testid=", plain: .exact))
        case "alt": return .alt(try match(after: "alt="))
        case "title": return .title(try match(after: "title="))
        case "has-text": return .hasText(try match(after: "has-text="))
        case "has-not-text": return .hasNotText(try match(after: "has-not-text="))
        case "and": return .and(try inner(after: "and="))
        case "or": return .or(try inner(after: "or="))
        case "nth": return .nth(try integer())
        case "visible": return .visible(try bool())
        case "has": return .has(try inner(after: "has="))
        case "has-not": return .hasNot(try inner(after: "has-not="))
        default: return .frame(try inner(after: "frame="))
        }
    }

    /// `name=` at the start of a part; nil means CSS or XPath without a prefix.
    private func engineName() -> String? {
        var end = index
        while end < characters.count, characters[end].isEngineCharacter { end += 1 }
        guard end > index, end < characters.count, characters[end] == "=" else { return nil }
        return String(characters[index..<end])
    }

    private mutating func bare() throws(SelectorError) -> SelectorPart {
        let rest = String(characters[index...].prefix(3))
        if rest.hasPrefix("//") || rest.hasPrefix("(//") || rest.hasPrefix("..") {
            return .xpath(try css(after: "//", isXPath: true))
        }
        if rest.hasPrefix("\"") || rest.hasPrefix("'") {
            throw problem("quoted text alone is not a selector", remedy: "Write text=\"…\" to find the text.")
        }
        let css = try css(after: ">>")
        // No tag has these names.
        return css == "first" ? .nth(0) : css == "last" ? .nth(-1) : .css(css)
    }

    private func unknown(_ engine: String, at start: Int) -> SelectorError {
        let remedy =
            switch engine {
            case "id": "Write css=#… instead."
            case "class": "Write css=.… instead."
            case "name": "Write css=[name=\"…\"] instead."
            case "data-testid", "data-test-id", "test-id": "Write testid=… instead."
            case "aria-label": "Write label=… instead."
            default: "Known are \(Self.engines.map { $0 + "=" }.joined(separator: ", "))."
            }
        return problem("there is no \(engine)=", remedy: remedy, at: start)
    }
}
