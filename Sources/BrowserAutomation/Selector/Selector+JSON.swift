package import JSON

extension Selector {
    /// What the in-page agent gets (`Resources/agent/selector.js`).
    package var json: JSONValue {
        [
            "text": .string(source), "parts": .array(parts.map(\.json)),
            "sources": .array(partSources.map(JSONValue.string)),
        ]
    }
}

extension SelectorPart {
    /// One member: the engine and what it looks for.
    var json: JSONValue {
        switch self {
        case .css(let css): ["css": .string(css)]
        case .xpath(let path): ["xpath": .string(path)]
        case .text(let match): ["text": match.json]
        case .role(let query): ["role": query.json]
        case .label(let match): ["label": match.json]
        case .placeholder(let match): ["placeholder": match.json]
        case .testID(let match): ["testid": match.json]
        case .alt(let match): ["alt": match.json]
        case .title(let match): ["title": match.json]
        case .nth(let index): ["nth": JSONValue(index)]
        case .hasText(let match): ["has-text": match.json]
        case .has(let parts): ["has": .array(parts.map(\.json))]
        case .hasNotText(let match): ["has-not-text": match.json]
        case .and(let parts): ["and": .array(parts.map(\.json))]
        case .or(let parts): ["or": .array(parts.map(\.json))]
        case .hasNot(let parts): ["has-not": .array(parts.map(\.json))]
        case .visible(let wanted): ["visible": .bool(wanted)]
        case .frame(let parts): ["frame": .array(parts.map(\.json))]
        }
    }
}

extension TextMatch {
    /// What the agent's `matcherOf` gets.
    package var json: JSONValue {
        ["kind": .string(kind.rawValue), "value": .string(value), "flags": .string(flags)]
    }
}

extension RoleQuery {
    /// What the agent's `selectRole` gets.
    var json: JSONValue {
        var wanted = JSONObject()
        for state in State.allCases {
            switch states[state] {
            case .bool(let value): wanted[state.rawValue] = .bool(value)
            case .mixed: wanted[state.rawValue] = "mixed"
            case .number(let value): wanted[state.rawValue] = JSONValue(value)
            case nil: break
            }
        }
        var object: JSONObject = ["role": .string(role), "states": .object(wanted), "hidden": .bool(includesHidden)]
        object["name"] = name?.json
        return .object(object)
    }
}
