import JSON

/// Names an option of a `<select>`.
package enum SelectOption: Sendable, Hashable {
    /// By its value.
    case value(String)
    /// By what is written on it.
    case label(String)
    /// By either.
    case text(String)
    /// By its place, from 0.
    case index(Int)

    var json: JSONValue {
        switch self {
        case .value(let value): ["value": .string(value)]
        case .label(let label): ["label": .string(label)]
        case .text(let text): ["text": .string(text)]
        case .index(let index): ["index": JSONValue(index)]
        }
    }
}
