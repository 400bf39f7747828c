package import JSON

/// What a value of the API looks like: JSON Schema 2020-12, as OpenAPI 3.1 takes it.
package struct APISchema: Sendable {
    /// The schema itself.
    package let json: JSONObject

    init(_ json: JSONObject) { self.json = json }

    // MARK: Values

    /// Any value.
    static let any = APISchema([:])
    static let text = APISchema(["type": "string"])
    static let bool = APISchema(["type": "boolean"])
    static let number = APISchema(["type": "number"])
    /// An object of any members.
    static let members = APISchema(["type": "object"])
    /// A point in time, RFC 3339.
    static let time = APISchema(["type": "string", "format": "date-time"])
    /// Who sends a LAM message.
    static let address = APISchema(["type": "string", "pattern": "^agent://[a-z0-9._-]+/[!-~]+$"])
    static let sha256 = APISchema(["type": "string", "pattern": "^[0-9a-fA-F]{64}$"])
    /// Bytes of a body.
    static let bytes = APISchema(["type": "string", "format": "binary"])
    /// `30s`, `2m`, or seconds.
    static let duration = APISchema([
        "type": "string", "pattern": #"^[0-9]+(\.[0-9]+)?(ms|s|m|h|d)?$"#, "examples": ["30s"],
    ])

    static func text(_ lengths: ClosedRange<Int>) -> APISchema {
        APISchema([
            "type": "string", "minLength": JSONValue(lengths.lowerBound), "maxLength": JSONValue(lengths.upperBound),
        ])
    }

    static func integer(_ range: ClosedRange<Int>, default fallback: Int? = nil) -> APISchema {
        var json: JSONObject = ["type": "integer", "minimum": JSONValue(range.lowerBound)]
        if range.upperBound != .max { json["maximum"] = JSONValue(range.upperBound) }
        json["default"] = fallback.map { JSONValue($0) }
        return APISchema(json)
    }

    /// A whole number that only grows.
    static let count = integer(0 ... .max)

    static func choice(_ words: [String]) -> APISchema {
        APISchema(["type": "string", "enum": .array(words.map { .string($0) })])
    }

    // MARK: Composition

    static func array(_ element: APISchema) -> APISchema {
        APISchema(["type": "array", "items": .object(element.json)])
    }

    /// An array that names each element once.
    static func set(_ element: APISchema, upTo most: Int) -> APISchema {
        var json = array(element).json
        json["maxItems"] = JSONValue(most)
        json["uniqueItems"] = true
        return APISchema(json)
    }

    /// Another schema of the document by its name.
    static func ref(_ name: String) -> APISchema { APISchema(["$ref": .string("#/components/schemas/\(name)")]) }

    static func either(_ schemas: APISchema...) -> APISchema {
        APISchema(["anyOf": .array(schemas.map { .object($0.json) })])
    }

    /// The value, or null.
    var orNull: APISchema { .either(self, APISchema(["type": "null"])) }

    /// An object that is answered; a name that ends in `?` may be missing.
    static func object(_ members: KeyValuePairs<String, APISchema>) -> APISchema {
        var properties = JSONObject()
        var required: [JSONValue] = []
        for (name, schema) in members {
            let isOptional = name.hasSuffix("?")
            let name = isOptional ? String(name.dropLast()) : name
            properties[name] = .object(schema.json)
            if !isOptional { required.append(.string(name)) }
        }
        var json: JSONObject = ["type": "object", "properties": .object(properties)]
        if !required.isEmpty { json["required"] = .array(required) }
        return APISchema(json)
    }

    /// An object that is sent: members nobody reads are refused.
    static func input(_ members: KeyValuePairs<String, APISchema>) -> APISchema {
        var json = object(members).json
        json["additionalProperties"] = false
        return APISchema(json)
    }

    /// An object that is answered with further members beside those named.
    static func open(_ members: KeyValuePairs<String, APISchema>) -> APISchema {
        var json = object(members).json
        json["additionalProperties"] = true
        return APISchema(json)
    }

    /// This object with one more member.
    func with(_ name: String, _ schema: APISchema) -> APISchema {
        var json = with(optional: name, schema).json
        json["required"] = .array((json["required"]?.array ?? []) + [.string(name)])
        return APISchema(json)
    }

    /// This object with one more member, which may be missing.
    func with(optional name: String, _ schema: APISchema) -> APISchema {
        var json = json
        var properties = json["properties"]?.object ?? [:]
        properties[name] = .object(schema.json)
        json["properties"] = .object(properties)
        return APISchema(json)
    }

    /// With another example.
    func with(example: JSONValue) -> APISchema {
        var json = json
        json["examples"] = [example]
        return APISchema(json)
    }

    /// With words for people.
    func described(_ text: String) -> APISchema {
        var json = json
        json["description"] = .string(text)
        return APISchema(json)
    }
}
