package import JSON

/// Scenario files as JSON Schema 2020-12, for editors: made of the tables that `Scenario` is checked against.
///
/// It knows members, types and words. What it cannot know (references between tasks, templates, the order on a page) only
/// `cpa validate` tells; so whatever is valid there is valid here, and not the other way round.
package enum ScenarioJSONSchema {
    /// The schema.
    package static let json: JSONObject = {
        var json = object(ScenarioSchema.fields)
        json["$schema"] = "https://json-schema.org/draft/2020-12/schema"
        json["$id"] = "urn:cpa:schema:scenario"
        json["title"] = "Scenario of cpa"
        set(
            "tasks",
            ["type": "array", "minItems": 1, "maxItems": JSONValue(ScenarioSchema.maximumTasks), "items": ref("task")],
            in: &json
        )
        set("browser", ref("browser"), in: &json)
        set("retry", ref("retry"), in: &json)
        set(
            "overlays",
            ["type": "array", "maxItems": JSONValue(ScenarioSchema.maximumOverlays), "items": ref("overlay")],
            in: &json
        )
        json["$defs"] = .object(definitions)
        return json
    }()

    // MARK: Parts

    private static var definitions: JSONObject {
        var definitions: JSONObject = [
            "browser": .object(object(ScenarioSchema.browser)), "retry": .object(object(RetrySchema.fields)),
            "overlay": .object(object(ScenarioSchema.overlay)), "task": .object(task),
            "template": ["type": "string", "pattern": .string(wholeTemplate)],
        ]
        for action in Action.allCases { definitions[action.rawValue] = .object(members(of: action)) }
        return definitions
    }

    /// A task is what its action says.
    private static var task: JSONObject {
        let cases = Action.allCases.map { action -> JSONValue in
            [
                "if": ["properties": ["action": ["const": .string(action.rawValue)]], "required": ["action"]],
                "then": ref(action.rawValue),
            ]
        }
        return [
            "type": "object", "required": ["action"],
            "properties": ["action": ["enum": .array(Action.allCases.map { .string($0.rawValue) })]],
            "allOf": .array(cases),
        ]
    }

    private static func members(of action: Action) -> JSONObject {
        let schema = ActionSchema.of(action)
        var common = CommonFields.all.filter { schema.field($0.name) == nil }
        if !schema.touchesPage { common.removeAll { $0.name == "page" || $0.name == "resume_at" } }
        if schema.effect != .page || !schema.touchesPage { common.removeAll { $0.name == "until" } }
        var json = object(schema.fields + common)
        json["description"] = .string(schema.summary)
        set("action", ["const": .string(action.rawValue)], in: &json)
        // It takes the members of the action it names.
        if action == .playwright { json["additionalProperties"] = true }
        if schema.fields.allSatisfy({ $0.name != "retry" }) { set("retry", ref("retry"), in: &json) }
        var rules: [JSONValue] = schema.needsOneOf.map { group in ["anyOf": .array(group.map(required))] }
        for group in schema.excludes {
            for (index, name) in group.enumerated() {
                for other in group[(index + 1)...] {
                    rules.append(["not": ["required": [.string(name), .string(other)]]])
                }
            }
        }
        if !rules.isEmpty { json["allOf"] = .array(rules) }
        return json
    }

    private static func required(_ name: String) -> JSONValue { ["required": [.string(name)]] }

    private static func ref(_ name: String) -> JSONValue { ["$ref": .string("#/$defs/\(name)")] }

    private static func set(_ name: String, _ schema: JSONValue, in object: inout JSONObject) {
        var properties = object["properties"]?.object ?? [:]
        var schema = schema.object ?? [:]
        schema["description"] = properties[name]?["description"]
        properties[name] = .object(schema)
        object["properties"] = .object(properties)
    }

    private static func object(_ fields: [FieldSchema]) -> JSONObject {
        var properties = JSONObject()
        for field in fields {
            var schema = type(field.type)
            schema["description"] = .string(field.summary)
            properties[field.name] = .object(schema)
        }
        var json: JSONObject = [
            "type": "object", "properties": .object(properties), "additionalProperties": false,
        ]
        let needed = fields.filter(\.isRequired).map { JSONValue.string($0.name) }
        if !needed.isEmpty { json["required"] = .array(needed) }
        return json
    }

    // MARK: Types

    /// `{{ … }}` and nothing around it: it passes every type until it is resolved.
    private static let wholeTemplate = #"^\s*\{\{[\s\S]*\}\}\s*$"#

    private static func type(_ type: FieldType) -> JSONObject {
        switch type {
        case .text, .html: text
        case .selector, .script: ["type": "string", "minLength": 1]
        case .integer(let range): orTemplate(integer(range))
        case .number: orTemplate(["type": "number"])
        case .boolean: orTemplate(["type": "boolean"])
        case .duration:
            orTemplate([
                "anyOf": [
                    ["type": "number", "minimum": 0], ["type": "string", "pattern": #"^[0-9.]+\s*[a-z]*$"#],
                ]
            ])
        case .choice(let words): orTemplate(["enum": .array(words.map { .string($0) })])
        case .choices(let words):
            orTemplate(["type": "array", "items": ["enum": .array(words.map { .string($0) })]])
        case .textList: ["anyOf": [.object(text), ["type": "array", "items": .object(text)]]]
        case .selectorList:
            [
                "anyOf": [
                    ["type": "string", "minLength": 1],
                    ["type": "array", "items": ["type": "string", "minLength": 1]],
                ]
            ]
        case .point:
            orTemplate([
                "type": "object", "required": ["x", "y"], "additionalProperties": false,
                "properties": ["x": ["type": "number"], "y": ["type": "number"]],
            ])
        case .textMap: orTemplate(["type": "object", "additionalProperties": .object(text)])
        case .condition, .object: orTemplate(["type": "object"])
        case .any: [:]
        }
    }

    private static let text: JSONObject = ["type": ["string", "number", "boolean"]]

    private static func integer(_ range: ClosedRange<Int>) -> JSONObject {
        var json: JSONObject = ["type": "integer"]
        if range.lowerBound != .min { json["minimum"] = JSONValue(range.lowerBound) }
        if range.upperBound != .max { json["maximum"] = JSONValue(range.upperBound) }
        return json
    }

    private static func orTemplate(_ schema: JSONObject) -> JSONObject {
        ["anyOf": [.object(schema), ref("template")]]
    }
}
