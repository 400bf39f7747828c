package import JSON

/// What may stand in a member of a task.
///
/// A value that is one whole template passes every type; it is held against the type once it is resolved.
package enum FieldType: Sendable, Hashable {
    /// Text; numbers and booleans are taken as text too.
    case text
    /// HTML; values of templates in it are text, never markup, unless a template says `| raw`.
    case html
    /// A selector; templates in it are literals.
    case selector
    /// JavaScript; templates are refused in it, values go in as arguments.
    case script
    /// A whole number within bounds.
    case integer(ClosedRange<Int>)
    /// Any number.
    case number
    case boolean
    /// `30s`, `2m`, or seconds.
    case duration
    /// A duration above zero, after which something is given up.
    case timeLimit
    /// One of these words.
    case choice([String])
    /// Several of these words.
    case choices([String])
    /// Text, or an array of texts.
    case textList
    /// A selector, or an array of them.
    case selectorList
    /// `{x, y}` in CSS pixels.
    case point
    /// An object of texts.
    case textMap
    /// What must be so on a page: the members of `expect`, and `within`.
    case condition
    /// Any object.
    case object
    /// Anything.
    case any

    /// The type in words, for messages and docs.
    package var description: String {
        switch self {
        case .text: "text"
        case .html: "HTML as text"
        case .selector: "a selector"
        case .script: "JavaScript as text"
        case .integer(let range) where range.upperBound == .max: "a whole number from \(range.lowerBound)"
        case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .number: "a number"
        case .boolean: "true or false"
        case .duration, .timeLimit: "a duration such as 30s, 2m or a number of seconds"
        case .choice(let words): "one of \(words.joined(separator: ", "))"
        case .choices(let words): "an array of \(words.joined(separator: ", "))"
        case .textList: "text or an array of texts"
        case .selectorList: "a selector or an array of selectors"
        case .point: "{x, y} in pixels"
        case .textMap: "an object of texts"
        case .condition: "a condition as of expect"
        case .object: "an object"
        case .any: "any value"
        }
    }

    /// Whether a value without templates is of this type.
    package func accepts(_ value: JSONValue) -> Bool {
        switch self {
        case .text, .html: Self.isText(value)
        case .selector, .script: value.string?.isEmpty == false
        case .integer(let range): value.int.map(range.contains) ?? false
        case .number: value.double != nil
        case .boolean: value.bool != nil
        case .duration: Duration(scenario: value) != nil
        case .timeLimit: Duration(scenario: value).map { $0 >= .milliseconds(1) } ?? false
        case .choice(let words): value.string.map(words.contains) ?? false
        case .choices(let words): value.array?.allSatisfy { $0.string.map(words.contains) ?? false } ?? false
        case .textList: Self.isText(value) || value.array?.allSatisfy(Self.isText) ?? false
        case .selectorList:
            FieldType.selector.accepts(value) || value.array?.allSatisfy(FieldType.selector.accepts) ?? false
        case .point: Self.isPoint(value)
        case .textMap: value.object?.allSatisfy { Self.isText($0.value) } ?? false
        case .object, .condition: value.object != nil
        case .any: true
        }
    }

    /// What is wrong with a value without templates, as the rest of a sentence about its member; nil when nothing is.
    package func problem(with value: JSONValue) -> String? {
        guard !accepts(value) else { return openEnd(of: value) }
        let shown = TaskReader.shown(value)
        switch self {
        case .duration, .timeLimit:
            guard let duration = Duration(ofAnyLength: value) else { break }
            guard duration <= .longest else { return "must be at most 366d, is \(shown); write a shorter one" }
            return "must be at least 1ms, is \(shown); write a longer one, or leave it out"
        default: break
        }
        return "must be \(description), is \(shown)"
    }

    /// What is wrong with a value without templates, in a list with each element by itself.
    package func problems(with value: JSONValue) -> [(index: Int?, message: String)] {
        var found: [(index: Int?, message: String)] = []
        if let type = element, let elements = value.array {
            for (index, element) in elements.enumerated() {
                if let problem = type.problem(with: element) { found.append((index: index, message: problem)) }
            }
        } else if let problem = problem(with: value) {
            found.append((index: nil, message: problem))
        }
        return found
    }

    /// The type of each element, where an array may stand.
    private var element: FieldType? {
        switch self {
        case .choices(let words): .choice(words)
        case .textList: .text
        case .selectorList: .selector
        default: nil
        }
    }

    /// What a selector, or one of an array, leaves open at its end. The rest of its grammar is the browser's business.
    private func openEnd(of value: JSONValue) -> String? {
        guard self == .selector || self == .selectorList else { return nil }
        for case .string(let text) in value.array ?? [value] where !Template.isTemplate(text) {
            guard let mark = SelectorWriter.openEnd(of: text) else { continue }
            return "must be \(description), \(TaskReader.shown(.string(text))) leaves its \(mark) open; close it"
        }
        return nil
    }

    /// Whether text with templates among other text may stand here.
    package var takesMixedTemplates: Bool {
        switch self {
        case .text, .html, .selector, .textList, .selectorList, .any: true
        default: false
        }
    }

    private static func isText(_ value: JSONValue) -> Bool {
        switch value {
        case .string, .integer, .number, .bool: true
        case .null, .array, .object: false
        }
    }

    private static func isPoint(_ value: JSONValue) -> Bool {
        guard let object = value.object, object.count == 2 else { return false }
        return object["x"]?.double != nil && object["y"]?.double != nil
    }
}
