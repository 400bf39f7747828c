import JSON

/// What stands between `{{` and `}}`: a name, a path, filters.
package struct TemplateExpression: Sendable, Hashable {
    /// Where values come from.
    package enum Root: String, Sendable, Hashable, CaseIterable {
        case variables, tasks, secrets, totp, item, index, job
    }

    /// A step into a value.
    package enum Step: Sendable, Hashable {
        case member(String)
        /// From 0; negative ones count from the end.
        case element(Int)
    }

    /// Where the value comes from.
    package var root: Root
    /// The way into it.
    package var path: [Step]
    /// What is done to it, in order.
    package var filters: [TemplateFilter]

    /// The task it asks for an output.
    package var task: String? { root == .tasks ? name : nil }

    /// The first step: the variable, task or secret.
    package var name: String? {
        if case .member(let name)? = path.first { name } else { nil }
    }

    /// Whether its value is a secret, or a code made from one.
    package var isSecret: Bool { root == .secrets || root == .totp }

    /// Whether a missing value is provided for.
    package var hasDefault: Bool {
        filters.contains { if case .default = $0 { true } else { false } }
    }

    /// What its filters make of a text, one after the other, up to the first that cannot take it.
    package func made(from text: String) -> [String] {
        var value = JSONValue.string(text)
        var made: [String] = []
        for filter in filters {
            guard let next = try? filter.apply(value) else { break }
            value = next
            if let text = value.string { made.append(text) }
        }
        return made
    }

    /// `tasks.rows.table[0].number`, without filters.
    package var reference: String {
        path.reduce(root.rawValue) { text, step in
            switch step {
            case .member(let name) where name.allSatisfy(\.isTemplateNameCharacter): "\(text).\(name)"
            case .member(let name): "\(text)[\"\(name)\"]"
            case .element(let index): "\(text)[\(index)]"
            }
        }
    }
}

extension Character {
    /// Letters, digits, `_` and `-` make names.
    var isTemplateNameCharacter: Bool { isLetter || isNumber || self == "_" || self == "-" }
}
