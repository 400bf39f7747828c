extension JSONValue {
    /// The string, when it is one.
    package var string: String? {
        if case .string(let string) = self { string } else { nil }
    }

    /// The number, when it is a whole one that fits; `5.0` counts.
    package var int: Int? {
        int64.flatMap { Int(exactly: $0) }
    }

    /// The number, when it is a whole one that fits 64 bits; `5.0` counts.
    package var int64: Int64? {
        switch self {
        case .integer(let integer): integer
        case .number(let number): Self.whole(number)
        default: nil
        }
    }

    /// `Int64(exactly:)` would pull in libm, which nothing else here needs.
    private static func whole(_ number: Double) -> Int64? {
        guard number >= -0x1p63, number < 0x1p63 else { return nil }
        let truncated = Int64(number)
        return Double(truncated) == number ? truncated : nil
    }

    /// The number as a `Double`; integers above 2^53 are rounded.
    package var double: Double? {
        switch self {
        case .integer(let integer): Double(integer)
        case .number(let number): number
        default: nil
        }
    }

    /// The boolean, when it is one.
    package var bool: Bool? {
        if case .bool(let bool) = self { bool } else { nil }
    }

    /// The elements, when it is an array.
    package var array: [JSONValue]? {
        if case .array(let array) = self { array } else { nil }
    }

    /// The members, when it is an object.
    package var object: JSONObject? {
        if case .object(let object) = self { object } else { nil }
    }

    /// Whether it is `null`.
    package var isNull: Bool { self == .null }

    /// The word for its type in messages: `null`, `boolean`, `number`, `string`, `array`, `object`.
    package var typeName: String {
        switch self {
        case .null: "null"
        case .bool: "boolean"
        case .integer, .number: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }

    /// A member, nil when absent or when this is no object.
    ///
    /// Setting on anything but an object replaces it by one.
    package subscript(key: String) -> JSONValue? {
        get { object?[key] }
        set {
            var members = object ?? [:]
            members[key] = newValue
            self = .object(members)
        }
    }

    /// An element, nil when out of range or when this is no array.
    package subscript(index: Int) -> JSONValue? {
        guard let array, array.indices.contains(index) else { return nil }
        return array[index]
    }

    /// What a pointer (RFC 6901) leads to, nil when it leads nowhere.
    package subscript(pointer: JSONPointer) -> JSONValue? {
        var value: JSONValue? = self
        for component in pointer.components {
            switch value {
            case .object(let object)?: value = object[component]
            case .array?: value = JSONPointer.index(component).flatMap { value?[$0] }
            default: return nil
            }
        }
        return value
    }
}
