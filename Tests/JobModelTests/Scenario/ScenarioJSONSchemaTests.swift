import FoundationEssentials
import JSON
import Testing
import YAML

@testable import JobModel

@Suite struct ScenarioJSONSchemaTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    private let check = JSONSchemaCheck(root: ScenarioJSONSchema.json)

    private func isValid(_ text: String) throws -> (scenario: Bool, schema: Bool) {
        let document = try JSONDocument(parsingYAML: Array(text.utf8), file: "x.yaml")
        let scenario = (try? Scenario(parsing: Array(text.utf8), file: "x.yaml")) != nil
        return (scenario, check.isValid(document.value))
    }

    @Test func `shipped scenarios and whole examples of the docs are valid by both`() throws {
        let folder = Self.root.appending(path: "scenarios")
        var texts = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".yaml") }
            .map { try String(contentsOf: folder.appending(path: $0), encoding: .utf8) }
        let docs = try String(contentsOf: Self.root.appending(path: "docs/scenarios.md"), encoding: .utf8)
        texts += docs.components(separatedBy: "```yaml\n").dropFirst().compactMap {
            let example = $0.components(separatedBy: "```")[0]
            return (try? Scenario(parsing: Array(example.utf8), file: "x.yaml")) == nil ? nil : example
        }
        #expect(texts.count >= 4)
        for text in texts {
            let (scenario, schema) = try isValid(text)
            #expect(scenario && schema, "\(text)")
        }
    }

    @Test(arguments: [
        "tasks: [{action: goto, url: 'https://x.example/', timeout: 30s, retries: 2, retry: {policy: fixed}}]",
        "tasks: [{action: goto, url: 'https://x.example/', timeout: 8, page: other, description: words}]",
        "priority: 5\nmax_retries: 2\ntimeout: 10m\ntasks: [{action: click, selector: '#a', id: a, on_error: continue}]",
        "variables: {n: 1}\ntasks: [{action: fill, selector: '#a', text: 5}, {action: click, selector: '#b'}]",
        "variables: {n: 1}\ntasks: [{action: click, selector: '#b', retries: 1, when: '{{ variables.n }}'}]",
        "browser: {viewport: {width: 800, height: 600}, locale: de-DE, touch: true}\ntasks: [{action: reload}]",
        "tasks: [{action: playwright, op: click, selector: '#a'}]",
    ]) func `what is valid is valid by both`(_ text: String) throws {
        let (scenario, schema) = try isValid(text)
        #expect(scenario && schema)
    }

    @Test(arguments: [
        "name: x", "tasks: []", "tasks: {}", "tasks: [x]", "tasks: [{}]", "tasks: [{action: clik, selector: '#a'}]",
        "tasks: [{action: goto}]", "tasks: [{action: goto, url: ''}]\ntaks: 1",
        "tasks: [{action: click, selector: '#a', retires: 2}]", "tasks: [{action: click, selector: '#a', retries: 21}]",
        "tasks: [{action: click, selector: '#a', retries: x}]",
        "tasks: [{action: click, selector: '#a', timeout: soon}]",
        "tasks: [{action: click, selector: [1]}]", "tasks: [{action: hash_file, path: a, page: main}]",
        "priority: 101\ntasks: [{action: reload}]", "browser: {viewpoint: {}}\ntasks: [{action: reload}]",
        "browser: {color_scheme: blue}\ntasks: [{action: reload}]", "browser: []\ntasks: [{action: reload}]",
        "tasks: [{action: click, selector: '#a', executor: robot}]", "tasks: [{action: send_mail}]",
        "retry: {policy: never}\ntasks: [{action: reload}]", "max_retries: -1\ntasks: [{action: reload}]",
        "overlays: [{click: '#a'}]\ntasks: [{action: reload}]",
    ]) func `what is wrong in members, types and words is wrong by both`(_ text: String) throws {
        let (scenario, schema) = try isValid(text)
        #expect(!scenario && !schema, "valid by \(scenario ? "cpa validate" : "the schema")")
    }

    @Test func `every member of every table stands in the schema, with its words`() {
        let json = JSONValue.object(ScenarioJSONSchema.json)
        for action in Action.allCases {
            for field in ActionSchema.of(action).fields {
                let place = json["$defs"]?[action.rawValue]?["properties"]?[field.name]
                #expect(place?["description"] == .string(field.summary), "\(action.rawValue).\(field.name)")
            }
        }
        for field in ScenarioSchema.fields {
            #expect(json["properties"]?[field.name]?["description"] == .string(field.summary), "\(field.name)")
        }
    }
}
