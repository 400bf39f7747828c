import HTTPSyntax
package import JSON

/// Scenario files as JSON Schema 2020-12, for editors: made of the tables that `Scenario` is checked against.
///
/// It knows members, types, words, bounds and forms. What it cannot know (references between tasks, templates, the order on a
/// page) only `cpa validate` tells; so whatever is valid there is valid here, and not the other way round.
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
        set("deadline", ["type": "string", "pattern": .string(time)], in: &json)
        set("on_dialog", onDialog, in: &json)
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
            "browser": .object(browser), "route": .object(route), "retry": .object(retry),
            "overlay": .object(overlay), "task": .object(task), "condition": .object(condition),
            "template": ["type": "string", "pattern": .string(wholeTemplate)],
        ]
        for action in Action.allCases { definitions[action.rawValue] = .object(members(of: action)) }
        return definitions
    }

    private static var onDialog: JSONValue {
        [
            "anyOf": [
                ["enum": ["accept", "dismiss", "fail"]], .object(object(ScenarioSchema.onDialog)),
            ]
        ]
    }

    private static var browser: JSONObject {
        var json = object(ScenarioSchema.browser)
        let objects = [
            ("viewport", ScenarioSchema.viewport), ("geolocation", ScenarioSchema.geolocation),
            ("http_credentials", ScenarioSchema.httpCredentials), ("proxy", ScenarioSchema.proxy),
        ]
        for (name, fields) in objects {
            var members = object(fields)
            narrow(MemberForm.forObjectsInBrowser[name] ?? [:], in: &members)
            set(name, .object(members), in: &json)
        }
        narrow(MemberForm.forBrowser, in: &json)
        var geolocation = object(ScenarioSchema.geolocation)
        for (name, range) in ScenarioSchema.geolocationBounds {
            let bounds: JSONValue = [
                "type": "number", "minimum": JSONValue(range.lowerBound), "maximum": JSONValue(range.upperBound),
            ]
            set(name, bounds, in: &geolocation)
        }
        set("geolocation", .object(geolocation), in: &json)
        let modes = ScenarioSchema.recordingModes.map { JSONValue.string($0) } + [true, false, .null]
        for name in ["trace", "recording"] {
            set(
                name,
                ["anyOf": [["enum": .array(modes)], ["type": "string", "pattern": .string(template)]]],
                in: &json
            )
        }
        set("routes", ["type": "array", "items": ref("route")], in: &json)
        return json
    }

    private static var route: JSONObject {
        var json = object(ScenarioSchema.route)
        var fulfil = object(ScenarioSchema.fulfil)
        fulfil["allOf"] = .array(excluding(["body", "json", "artifact"]))
        narrow(MemberForm.forFulfil, in: &fulfil)
        set("fulfil", .object(fulfil), in: &json)
        var modify = object(ScenarioSchema.modify)
        narrow(MemberForm.forModify, in: &modify)
        set("modify", .object(modify), in: &json)
        json["oneOf"] = .array(["fulfil", "abort", "modify"].map(required))
        return json
    }

    private static var overlay: JSONObject {
        var json = object(ScenarioSchema.overlay)
        narrow(MemberForm.forOverlay, in: &json)
        let hides: JSONValue = ["required": ["hide"], "properties": ["hide": ["const": true]]]
        json["oneOf"] = [required("click"), required("press"), hides]
        return json
    }

    private static var retry: JSONObject {
        var json = object(RetrySchema.fields)
        let delays: JSONValue = [
            "type": "array", "minItems": 1, "maxItems": JSONValue(RetrySchema.maximumDelays),
            "items": .object(literal(.duration)),
        ]
        set("delays", delays, in: &json)
        set("factor", ["type": "number", "minimum": 1, "maximum": 10], in: &json)
        set("jitter", ["type": "number", "minimum": 0, "maximum": 1], in: &json)
        return json
    }

    /// What `until` says.
    private static var condition: JSONObject {
        let schema = ActionSchema.condition
        var json = object(schema.fields, holdsTemplates: { _ in true })
        json["allOf"] = .array(schema.needsOneOf.map { group in anyOf(group + ["selector"]) })
        return json
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
        var json = object(schema.fields + common, holdsTemplates: { !TaskReader.isStatic($0) })
        json["description"] = .string(schema.summary)
        set("action", ["const": .string(action.rawValue)], in: &json)
        set("id", ["type": "string", "pattern": .string(name)], in: &json)
        if schema.field("executor") == nil { set("executor", ["const": .string(schema.executor)], in: &json) }
        for field in schema.fields {
            if let form = MemberForm.of(field.name, in: action) { narrow([field.name: form], in: &json) }
        }
        set("depends_on", dependencies, in: &json)
        // It takes the members of the action it names.
        if action == .playwright { json["additionalProperties"] = true }
        for common in ["retry", "until"] where schema.field(common) == nil && json["properties"]?[common] != nil {
            set(common, ref(common == "until" ? "condition" : common), in: &json)
        }
        let rules = schema.needsOneOf.map(anyOf) + schema.excludes.flatMap(excluding)
        if !rules.isEmpty { json["allOf"] = .array(rules) }
        return json
    }

    /// One id or position, or an array of them.
    private static var dependencies: JSONValue {
        let one: [JSONValue] = [["type": "string"], ["type": "integer", "minimum": 0]]
        return ["anyOf": .array(one + [["type": "array", "items": ["anyOf": .array(one)]]])]
    }

    private static func anyOf(_ names: [String]) -> JSONValue { ["anyOf": .array(names.map(required))] }

    /// At most one of them.
    private static func excluding(_ group: [String]) -> [JSONValue] {
        group.enumerated().flatMap { index, name in
            group[(index + 1)...].map { ["not": ["required": [.string(name), .string($0)]]] }
        }
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

    /// Adds what the forms say to what the types of the members say.
    private static func narrow(_ forms: [String: MemberForm], in object: inout JSONObject) {
        var properties = object["properties"]?.object ?? [:]
        for (name, form) in forms {
            guard var schema = properties[name]?.object else { continue }
            for (word, rule) in words(form) { schema[word] = rule }
            properties[name] = .object(schema)
        }
        object["properties"] = .object(properties)
    }

    /// - Parameter holdsTemplates: whether the member of that name is looked at for templates.
    private static func object(
        _ fields: [FieldSchema],
        holdsTemplates: (String) -> Bool = { _ in false }
    ) -> JSONObject {
        var properties = JSONObject()
        for field in fields {
            var schema = holdsTemplates(field.name) ? orTemplate(field.type) : literal(field.type)
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

    // MARK: Forms

    /// `{{ … }}` and nothing around it: it passes every type until it is resolved.
    private static let wholeTemplate = #"^\{\{[\s\S]*\}\}$"#
    /// A template somewhere in a text.
    private static let template = #"\{\{"#
    /// As `Duration(scenario:)` reads it; that it is not too long only that tells.
    private static let duration = #"^(?:[0-9]+(?:\.[0-9]*)?|(?:[0-9]+(?:\.[0-9]*)?(?:ms|s|m|h|d))+)$"#
    /// RFC 3339; how many days the month has only `RFC3339.parse` tells.
    private static let time =
        #"^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])[Tt ](?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)"#
        + #"(?:\.[0-9]+)?(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])$"#
    /// The id of a task: to the letter in ASCII; beyond it not every editor knows what is a letter.
    private static let name =
        #"^(?:[A-Za-z_][A-Za-z0-9_-]{0,63}|(?=.*[^\x00-\x7F])(?:[A-Za-z_]|[^\x00-\x7F])(?:[A-Za-z0-9_-]|[^\x00-\x7F])*)$"#

    // MARK: Types

    /// The type, or a template that comes to it.
    private static func orTemplate(_ type: FieldType) -> JSONObject {
        // Text holds templates as it is; JavaScript holds none.
        guard !type.takesMixedTemplates, type != .script else { return literal(type) }
        return ["anyOf": [.object(literal(type)), ref("template")]]
    }

    private static func literal(_ type: FieldType) -> JSONObject {
        switch type {
        case .text, .html: text
        case .selector, .script: ["type": "string", "minLength": 1]
        case .integer(let range): integer(range)
        case .number: ["type": "number"]
        case .boolean: ["type": "boolean"]
        case .duration: duration(from: 0, duration)
        // What rounds to a millisecond is one.
        case .timeLimit: duration(from: 0.0005, "^(?=.*[1-9])" + duration.dropFirst())
        case .choice(let words): ["enum": .array(words.map { .string($0) })]
        case .choices(let words): ["type": "array", "items": ["enum": .array(words.map { .string($0) })]]
        case .textList: ["anyOf": [.object(text), ["type": "array", "items": .object(text)]]]
        case .selectorList:
            [
                "anyOf": [
                    ["type": "string", "minLength": 1],
                    ["type": "array", "items": ["type": "string", "minLength": 1]],
                ]
            ]
        case .point:
            [
                "type": "object", "required": ["x", "y"], "additionalProperties": false,
                "properties": ["x": ["type": "number"], "y": ["type": "number"]],
            ]
        case .textMap: ["type": "object", "additionalProperties": .object(text)]
        case .condition, .object: ["type": "object"]
        case .any: [:]
        }
    }

    /// What a form says; a text with a template in it passes each, and what a form says of text says nothing of the rest.
    private static func words(_ form: MemberForm) -> JSONObject {
        switch form {
        case .receivers, .copies:
            let address: JSONValue = ["type": "string", "pattern": .string(template + #"|[^@]@[^@]*\."#)]
            let least: JSONValue = form == .receivers ? 1 : 0
            return ["anyOf": [address, ["type": "array", "minItems": least, "items": address]]]
        case .fileName: return pattern(#"^[^./\\][^/\\]*$"#)
        case .pageAddress:
            return [
                "type": "string",
                "pattern": .string(template + "|^(?:[Hh][Tt][Tt][Pp][Ss]?|[Aa][Bb][Oo][Uu][Tt]|[Dd][Aa][Tt][Aa]):"),
            ]
        case .number(let range): return ["minimum": .number(range.lowerBound), "maximum": .number(range.upperBound)]
        case .length: return pattern(length)
        case .margin:
            return [
                "type": ["string", "number", "object", "null"], "pattern": .string("\(template)|\(length)"),
                "propertyNames": ["enum": ["top", "right", "bottom", "left"]],
                "additionalProperties": ["type": ["string", "number"], "pattern": .string("\(template)|\(length)")],
            ]
        case .pageRanges: return pattern(#"^[0-9,\s-]*$"#)
        case .keyChord: return ["type": ["string", "number"], "minLength": 1]
        case .time: return pattern(time)
        case .pause(let seconds): return ["minimum": JSONValue(seconds)]
        case .mailHeaders:
            return [
                "propertyNames": ["pattern": "^[Xx]-[A-Za-z0-9-]{1,58}$"],
                "maxProperties": JSONValue(MailHeaderForm.most),
            ]
        case .headers: return ["propertyNames": ["pattern": .string(HTTPToken.pattern)]]
        case .uploads: return ["type": ["string", "array", "object"]]
        case .clip: return ["required": ["x", "y", "width", "height"]]
        case .locale:
            return pattern("^[A-Za-z]{2,8}(?:[_-][A-Za-z]{4})?(?:[_-][A-Za-z0-9]{1,8})?(?:-[A-Za-z0-9]{1,8})*$")
        case .timeZone: return pattern("^[A-Za-z0-9_+:/-]+$")
        case .origin: return pattern("^https?://[^/?#@]+/?$")
        case .proxyServer:
            return pattern("^(?:(?:[Hh][Tt][Tt][Pp][Ss]?|[Ss][Oo][Cc][Kk][Ss][45][Hh]?)://.+|.+:[0-9]+)$")
        case .mediaType: return pattern("^[!-.0-~]+/[ -~]+$")
        }
    }

    private static func pattern(_ form: String) -> JSONObject { ["pattern": .string("\(template)|\(form)")] }

    /// As `PaperLength` reads it.
    private static let length = #"^[0-9.]+(?:in|cm|mm|px)?$"#

    private static let text: JSONObject = ["type": ["string", "number", "boolean"]]

    private static func duration(from least: Double, _ pattern: String) -> JSONObject {
        let longest = JSONValue.integer(Duration.longest.components.seconds)
        return [
            "anyOf": [
                ["type": "number", "minimum": .number(least), "maximum": longest],
                ["type": "string", "pattern": .string(pattern)],
            ]
        ]
    }

    private static func integer(_ range: ClosedRange<Int>) -> JSONObject {
        var json: JSONObject = ["type": "integer"]
        if range.lowerBound != .min { json["minimum"] = JSONValue(range.lowerBound) }
        if range.upperBound != .max { json["maximum"] = JSONValue(range.upperBound) }
        return json
    }
}
