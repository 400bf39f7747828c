package import JSON

/// What to read from a page.
package struct Extraction: Sendable, Hashable {
    /// The kind of thing.
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        case text, value, attribute, html, count, table
    }

    package var kind = Kind.text
    /// Name of the attribute.
    package var attribute: String?
    /// Whether all matches are read, into an array.
    package var isAll = false
    /// Of a table: name to give → header text, or CSS below the row with `@attribute`.
    package var columns: JSONObject?
    /// A regular expression; its first group (or the match) is the result.
    package var pattern: String?

    package init() {}

    var json: JSONObject {
        var object: JSONObject = ["what": .string(kind.rawValue), "all": .bool(isAll)]
        object["attribute"] = attribute.map(JSONValue.string)
        object["pattern"] = pattern.map(JSONValue.string)
        object["columns"] = columns.map(JSONValue.object)
        return object
    }
}
