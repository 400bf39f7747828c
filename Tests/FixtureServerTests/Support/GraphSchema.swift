import FoundationEssentials
import JSON
import YAML

/// The OpenAPI description of Graph's mail (fixtures/graph/mail-openapi.yaml), as far as answers go.
struct GraphSchema: Sendable {
    /// What is never the key of anything.
    private static let words: Set<String> = ["delta", "$count", "$value"]
    /// Members the service sends although its description has none of them: recorded.
    private static let undeclared: Set<String> = ["sizeInBytes"]
    private static let prefix = "#/components/"

    private let root: JSONValue
    private let paths: [(segments: [String], item: JSONValue)]

    /// Read once; it is the size of a small book.
    static let shared = Result { try GraphSchema() }

    private init() throws {
        let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appending(path: "fixtures/graph/mail-openapi.yaml")
        root = try JSONDocument(parsingYAML: Array(try Data(contentsOf: path))).value
        paths = (root["paths"]?.object ?? JSONObject()).map { name, item in
            (name.split(separator: "/").map { $0.hasSuffix("()") ? String($0.dropLast(2)) : String($0) }, item)
        }
    }

    /// What is wrong with an answer, each with its place; nil when the description has no such request or status.
    ///
    /// - Parameter segments: the path behind the version, keys as segments of their own.
    func problems(_ method: String, _ segments: [String], status: Int, body: JSONValue?) -> [String]? {
        guard let item = item(for: segments), let responses = item[method.lowercased()]?["responses"],
            let response = responses[String(status)] ?? responses["\(status / 100)XX"]
        else { return nil }
        let schema = resolved(response)["content"]?["application/json"]?["schema"]
        guard let schema else { return [] }
        guard let body else { return ["no JSON where \(status) has some"] }
        return check(body, schema, "")
    }

    /// Whole words win over parameters: `delta` is no message.
    private func item(for segments: [String]) -> JSONValue? {
        let fitting = paths.filter { path in
            path.segments.count == segments.count
                && zip(path.segments, segments).allSatisfy { part, segment in
                    part.hasPrefix("{") ? !Self.words.contains(segment) : part.lowercased() == segment.lowercased()
                }
        }
        return fitting.min { $0.segments.count { $0.hasPrefix("{") } < $1.segments.count { $0.hasPrefix("{") } }?.item
    }

    private func resolved(_ schema: JSONValue) -> JSONValue {
        guard let reference = schema["$ref"]?.string, reference.hasPrefix(Self.prefix) else { return schema }
        let parts = reference.dropFirst(Self.prefix.count).split(separator: "/", maxSplits: 1).map(String.init)
        return root["components"]?[parts[0]]?[parts[1]] ?? .null
    }

    // MARK: Checking

    private func check(_ value: JSONValue, _ schema: JSONValue, _ place: String) -> [String] {
        let schema = resolved(schema)
        if let choices = schema["anyOf"]?.array {
            if value.isNull, choices.contains(where: { $0["nullable"] == true }) { return [] }
            // The first is what it is, the rest says that it may be null.
            return check(value, choices.first ?? .null, place)
        }
        if value.isNull { return schema["nullable"] == true ? [] : ["\(place) is null"] }
        if let object = value.object, schema["allOf"] != nil || schema["properties"] != nil {
            return check(object, schema, place)
        }
        return checkType(value, schema, place) + checkText(value, schema, place)
    }

    private func checkType(_ value: JSONValue, _ schema: JSONValue, _ place: String) -> [String] {
        let fits =
            switch schema["type"]?.string {
            case "string": value.string != nil
            case "boolean": value.bool != nil
            case "integer": value.int64 != nil
            case "number": value.double != nil
            case "array": value.array != nil
            case "object": value.object != nil
            default: true
            }
        guard fits else { return ["\(place) is \(value.typeName), not \(schema["type"]?.string ?? "")"] }
        guard let items = schema["items"], let array = value.array else { return [] }
        return array.enumerated().flatMap { check($0.element, items, "\(place)/\($0.offset)") }
    }

    private func checkText(_ value: JSONValue, _ schema: JSONValue, _ place: String) -> [String] {
        guard let text = value.string else { return [] }
        if let allowed = schema["enum"]?.array, !allowed.contains(.string(text)) { return ["\(place) is '\(text)'"] }
        guard let pattern = schema["pattern"]?.string, let expression = try? Regex(pattern) else { return [] }
        return text.wholeMatch(of: expression) == nil ? ["\(place) is '\(text)', not \(pattern)"] : []
    }

    private func check(_ object: JSONObject, _ schema: JSONValue, _ place: String) -> [String] {
        // An entity says itself which kind of its base it is.
        let kind = object["@odata.type"]?.string.map { "\(Self.prefix)schemas/" + $0.dropFirst() }
        let actual = kind.map { resolved(["$ref": .string($0)]) } ?? schema
        let properties = properties(of: actual.isNull ? schema : actual)
        var problems: [String] = []
        for (name, value) in object where !name.hasPrefix("@") && !Self.undeclared.contains(name) {
            guard let property = properties[name] else {
                problems.append("\(place)/\(name) is not described")
                continue
            }
            problems += check(value, property, "\(place)/\(name)")
        }
        for name in schema["required"]?.array?.compactMap(\.string) ?? [] where object[name] == nil {
            problems.append("\(place)/\(name) is missing")
        }
        return problems
    }

    private func properties(of schema: JSONValue) -> [String: JSONValue] {
        let schema = resolved(schema)
        var properties: [String: JSONValue] = [:]
        for (name, property) in schema["properties"]?.object ?? JSONObject() { properties[name] = property }
        for base in schema["allOf"]?.array ?? [] { properties.merge(self.properties(of: base)) { own, _ in own } }
        return properties
    }
}
