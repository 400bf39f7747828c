import JSON

/// Says whether a value is valid by a JSON Schema: the words of 2020-12 that ours uses.
struct JSONSchemaCheck {
    let root: JSONObject

    func isValid(_ value: JSONValue) -> Bool { isValid(value, .object(root)) }

    private func isValid(_ value: JSONValue, _ schema: JSONValue) -> Bool {
        guard let schema = schema.object else { return schema.bool ?? false }
        return schema.allSatisfy { word, rule in
            switch word {
            case "$ref":
                root["$defs"]?[rule.string?.split(separator: "/").last.map(String.init) ?? ""]
                    .map { isValid(value, $0) } ?? false
            case "type": (rule.array ?? [rule]).contains { isType(value, $0.string ?? "") }
            case "enum": rule.array?.contains(value) ?? false
            case "const": value == rule
            case "anyOf": rule.array?.contains { isValid(value, $0) } ?? false
            case "oneOf": (rule.array ?? []).count { isValid(value, $0) } == 1
            case "allOf": rule.array?.allSatisfy { isValid(value, $0) } ?? false
            case "not": !isValid(value, rule)
            case "if": !isValid(value, rule) || schema["then"].map { isValid(value, $0) } ?? true
            case "minimum": value.double.map { $0 >= rule.double ?? 0 } ?? true
            case "maximum": value.double.map { $0 <= rule.double ?? 0 } ?? true
            case "minLength": value.string.map { $0.count >= rule.int ?? 0 } ?? true
            case "minItems": value.array.map { $0.count >= rule.int ?? 0 } ?? true
            case "maxItems": value.array.map { $0.count <= rule.int ?? 0 } ?? true
            case "items": value.array.map { $0.allSatisfy { isValid($0, rule) } } ?? true
            case "maxProperties": value.object.map { $0.count <= rule.int ?? 0 } ?? true
            case "propertyNames":
                value.object.map { $0.keys.allSatisfy { isValid(.string($0), rule) } } ?? true
            case "pattern": value.string.map { matches($0, rule.string ?? "") } ?? true
            case "required":
                value.object.map { object in (rule.array ?? []).allSatisfy { object[$0.string ?? ""] != nil } } ?? true
            case "properties":
                value.object.map { object in
                    (rule.object ?? [:]).allSatisfy { name, rule in object[name].map { isValid($0, rule) } ?? true }
                } ?? true
            case "additionalProperties":
                value.object.map { object in
                    object.allSatisfy { name, value in
                        schema["properties"]?[name] != nil || isValid(value, rule)
                    }
                } ?? true
            case "then", "$defs", "$schema", "$id", "title", "description": true
            default: preconditionFailure("Cannot judge by the word '\(word)'")
            }
        }
    }

    private func isType(_ value: JSONValue, _ type: String) -> Bool {
        type == "integer" ? value.int64 != nil : value.typeName == type
    }

    private func matches(_ text: String, _ pattern: String) -> Bool {
        guard let regex = try? Regex(pattern) else { preconditionFailure("Cannot read the pattern \(pattern)") }
        return text.contains(regex)
    }
}
