import FoundationEssentials
import JSON
import JobModel
import Testing
import YAML

/// A scenario printed in docs/browser.md.
struct DocumentScenario: Sendable, CustomTestStringConvertible {
    let name: String
    /// The reason its first comment `# fails: reason` promises; nil for one that ends well.
    let failure: ReasonCode?
    private let source: String

    var testDescription: String { name }

    /// The scenario, with `given` among its variables: the addresses of what the document calls `site`, `secure_site` and `proxy`.
    func scenario(_ given: JSONObject) throws -> Scenario {
        var object = try #require(JSONDocument(parsingYAML: Array(source.utf8), file: name).value.object)
        var variables = object["variables"]?.object ?? [:]
        for (name, value) in given { variables[name] = value }
        object["variables"] = .object(variables)
        return try Scenario(json: object)
    }

    /// Every ```yaml block of the document that has tasks.
    static let all: [DocumentScenario] = {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appending(path: "docs/browser.md")
        let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        let blocks = text.split(separator: "\n```yaml\n", omittingEmptySubsequences: false).dropFirst()
            .compactMap { $0.firstRange(of: "\n```").map { [block = $0] range in block[..<range.lowerBound] } }
        return blocks.filter { $0.hasPrefix("tasks:") || $0.contains("\ntasks:") }.map { block in
            let lines = block.split(separator: "\n")
            let name = lines.first { $0.hasPrefix("name:") }.map { String($0.dropFirst(6)) }
            let promise = lines.first { $0.hasPrefix("# fails: ") }
            return DocumentScenario(
                name: name ?? "unnamed: \(lines.first ?? "")",
                failure: promise.flatMap { ReasonCode(rawValue: String($0.dropFirst(9))) },
                source: String(block)
            )
        }
    }()
}
