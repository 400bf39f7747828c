import JSON

@testable import SchedulerAPI

/// Says where a value is not what a JSON Schema (the words that `APISchema` uses) tells.
///
/// Stricter than the standard in one point: an object may have only the members that are named, unless the schema says
/// that there may be others; so nothing is answered that is not documented.
struct SchemaCheck {
    private let schemas: [String: JSONObject]

    init(_ schemas: [(name: String, schema: APISchema)] = RouteTable.schemas) {
        self.schemas = Dictionary(uniqueKeysWithValues: schemas.map { ($0.name, $0.schema.json) })
    }

    /// Everything that is wrong; empty when nothing is.
    func problems(of value: JSONValue, by schema: JSONObject, at place: String = "") -> [String] {
        if let name = schema["$ref"]?.string?.split(separator: "/").last {
            guard let target = schemas[String(name)] else { return ["\(place): there is no schema \(name)"] }
            return problems(of: value, by: target, at: place)
        }
        if let choices = schema["anyOf"]?.array?.compactMap(\.object) {
            let found = choices.map { problems(of: value, by: $0, at: place) }
            return found.contains { $0.isEmpty } ? [] : ["\(place): fits none of \(choices.count): \(found)"]
        }
        if let words = schema["enum"]?.array, !words.contains(value) { return ["\(place): \(value.text()) is no word"] }
        switch schema["type"]?.string {
        case nil: return []
        case "object"?:
            guard let object = value.object else { return ["\(place): is \(value.typeName)"] }
            return members(of: object, by: schema, at: place)
        case "array"?:
            guard let array = value.array else { return ["\(place): is \(value.typeName)"] }
            let items = schema["items"]?.object ?? [:]
            return array.enumerated().flatMap { problems(of: $1, by: items, at: "\(place)/\($0)") }
        case "integer"?:
            guard let number = value.int64 else { return ["\(place): is \(value.typeName)"] }
            let isIn = number >= schema["minimum"]?.int64 ?? .min && number <= schema["maximum"]?.int64 ?? .max
            return isIn ? [] : ["\(place): \(number) is out of range"]
        case let type?: return value.typeName == type ? [] : ["\(place): is \(value.typeName), not \(type)"]
        }
    }

    private func members(of object: JSONObject, by schema: JSONObject, at place: String) -> [String] {
        var found: [String] = []
        let properties = schema["properties"]?.object
        for name in (schema["required"]?.array ?? []).compactMap(\.string) where object[name] == nil {
            found.append("\(place): has no '\(name)'")
        }
        for (name, value) in object {
            if let property = properties?[name]?.object {
                found += problems(of: value, by: property, at: "\(place)/\(name)")
            } else if let properties, schema["additionalProperties"]?.bool != true {
                found.append("\(place): has '\(name)' beside \(properties.keys)")
            }
        }
        return found
    }
}
