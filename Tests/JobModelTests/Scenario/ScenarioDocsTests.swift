import FoundationEssentials
import JobModel
import Testing

struct ScenarioDocsTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    private func docs() throws -> String {
        try String(contentsOf: Self.root.appending(path: "docs/scenarios.md"), encoding: .utf8)
    }

    @Test(arguments: Action.allCases)
    func `docs list every member of every action as the table has it`(action: Action) throws {
        let sections = try docs().split(separator: "\n#### `").filter { $0.hasPrefix("\(action.rawValue)`") }
        let section = try #require(sections.first)
        let schema = ActionSchema.of(action)
        #expect(section.contains(schema.summary))
        for output in schema.outputs { #expect(section.contains("`\(output)`")) }
        for field in schema.fields {
            let mark = field.isRequired ? " **required**" : ""
            let row = "| `\(field.name)`\(mark) | \(field.type.description) | \(field.summary) |"
            #expect(section.contains(row), "docs/scenarios.md lacks for \(action.rawValue): \(row)")
        }
    }

    @Test func `docs list every reason code with its kind`() throws {
        let docs = try docs()
        for code in ReasonCode.allCases {
            #expect(docs.contains("| `\(code.rawValue)` | \(code.kind.rawValue) |"), "\(code.rawValue)")
        }
    }

    @Test func `docs list every member of scenario, browser, retry and task`() throws {
        let docs = try docs()
        for field in ScenarioSchema.fields + ScenarioSchema.browser + RetrySchema.fields + CommonFields.all {
            #expect(
                docs.contains("| \(field.type.description) | \(field.summary) |"),
                "docs/scenarios.md: \(field.name)"
            )
        }
    }

    @Test func `the example of retry in the docs is valid`() throws {
        let examples = try docs().components(separatedBy: "```yaml\n").dropFirst()
        let example = try #require(
            examples.first { $0.hasPrefix("name: patient") }?.components(separatedBy: "```").first
        )
        let scenario = try Scenario(parsing: Array(example.utf8), file: "example.yaml")
        #expect(scenario.tasks.map(\.retries) == [3, 2])
    }

    @Test func `every shipped scenario is valid`() throws {
        let folder = Self.root.appending(path: "scenarios")
        let files = try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".yaml") }
        #expect(files.count >= 3)
        for file in files {
            let bytes = Array(try Data(contentsOf: folder.appending(path: file)))
            #expect(throws: Never.self) { try Scenario(parsing: bytes, file: file) }
        }
    }
}
