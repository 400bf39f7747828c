package import JSON

/// Text with `{{ … }}` in it, parsed.
///
/// One pass, no code: an expression names a value and passes it through filters. `\{{` is a literal `{{`. What an
/// expression yields is never read for templates again.
package struct Template: Sendable, Hashable {
    /// A piece of the text.
    package enum Part: Sendable, Hashable {
        case literal(String)
        case expression(TemplateExpression)
    }

    /// The pieces, in order.
    package let parts: [Part]
    /// The text it was made from.
    package let source: String

    /// Whether a text may be one with expressions; their braces alone tell.
    package static func isTemplate(_ text: String) -> Bool {
        guard let first = text.utf8.firstIndex(of: UInt8(ascii: "{")) else { return false }
        let rest = text.utf8[first...]
        return zip(rest, rest.dropFirst()).contains { $0 == UInt8(ascii: "{") && $1 == UInt8(ascii: "{") }
    }

    /// Parses a text; one without `{{` is one literal.
    ///
    /// - Throws: `TemplateError` with the column.
    package init(parsing source: String) throws(TemplateError) {
        self.source = source
        // Most texts of a scenario are none: they are not looked at letter by letter.
        guard source.utf8.contains(UInt8(ascii: "{")) else {
            parts = [.literal(source)]
            return
        }
        var parser = TemplateParser(source)
        parts = try parser.parts()
    }

    /// Whether there is no expression in it.
    package var isLiteral: Bool { expressions.isEmpty }

    /// The expression, when it is all there is: then the value keeps its JSON type.
    package var wholeExpression: TemplateExpression? {
        if parts.count == 1, case .expression(let expression) = parts[0] { expression } else { nil }
    }

    /// All expressions, in order.
    package var expressions: [TemplateExpression] {
        parts.compactMap { if case .expression(let expression) = $0 { expression } else { nil } }
    }

    /// Every expression in the strings of a value, with the place of the string inside it.
    ///
    /// Member names are not templates.
    package static func expressions(
        in value: JSONValue
    ) throws(TemplateError) -> [(pointer: JSONPointer, expression: TemplateExpression)] {
        guard mayHold(value) else { return [] }
        var found: [(JSONPointer, TemplateExpression)] = []
        try collect(from: value, at: JSONPointer(), into: &found)
        return found
    }

    /// Whether there may be an expression in the strings of a value: a look at their letters, and nothing made for it.
    static func mayHold(_ value: JSONValue) -> Bool {
        switch value {
        case .string(let text): isTemplate(text)
        case .array(let elements): elements.contains(where: mayHold)
        case .object(let members): members.contains { mayHold($0.value) }
        case .null, .bool, .integer, .number: false
        }
    }

    private static func collect(
        from value: JSONValue,
        at pointer: JSONPointer,
        into found: inout [(JSONPointer, TemplateExpression)]
    ) throws(TemplateError) {
        switch value {
        case .string(let text):
            do throws(TemplateError) {
                found += try Template(parsing: text).expressions.map { (pointer, $0) }
            } catch {
                throw error.at(pointer)
            }
        case .array(let elements):
            for (index, element) in elements.enumerated() {
                try collect(from: element, at: pointer.appending(index), into: &found)
            }
        case .object(let members):
            for (key, member) in members { try collect(from: member, at: pointer.appending(key), into: &found) }
        case .null, .bool, .integer, .number: break
        }
    }
}
