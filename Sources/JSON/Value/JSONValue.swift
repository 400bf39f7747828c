/// A JSON value; YAML is read into the same type.
package enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    /// A number without fraction or exponent that fits 64 bits: ids and byte counts keep every digit.
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)
}

/// The members of a JSON object, in the order they were written.
///
/// Equality ignores the order, as RFC 8259 does.
package struct JSONObject: Sendable {
    private var keys: [String] = []
    private var values: [String: JSONValue] = [:]

    /// An object without members.
    package init() {}

    /// Reads, sets or (with nil) removes a member.
    package subscript(key: String) -> JSONValue? {
        get { values[key] }
        set {
            if let newValue {
                if values.updateValue(newValue, forKey: key) == nil { keys.append(key) }
            } else if values.removeValue(forKey: key) != nil {
                keys.removeAll { $0 == key }
            }
        }
    }
}

extension JSONObject: Hashable {
    package static func == (lhs: JSONObject, rhs: JSONObject) -> Bool { lhs.values == rhs.values }
    package func hash(into hasher: inout Hasher) { hasher.combine(values) }
}

extension JSONObject: Sequence, ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        for (key, value) in elements { self[key] = value }
    }

    package func makeIterator() -> AnyIterator<(key: String, value: JSONValue)> {
        var index = keys.startIndex
        return AnyIterator {
            guard index < keys.endIndex else { return nil }
            defer { index += 1 }
            let key = keys[index]
            return (key, values[key] ?? .null)
        }
    }

    /// Number of members.
    package var count: Int { keys.count }
    /// Whether there are none.
    package var isEmpty: Bool { keys.isEmpty }
}
