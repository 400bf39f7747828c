import FoundationEssentials
import Testing

/// docs/reliability.md names the tests of each promise and of everything it can do.
@Suite struct ReliabilityDocumentTests {
    private static let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private static func read(_ path: String) throws -> String {
        String(decoding: try Data(contentsOf: package.appending(path: path)), as: UTF8.self)
    }

    /// Every suite there is.
    private static func suites() throws -> Set<String> {
        let files = try FileManager.default.subpathsOfDirectory(atPath: package.appending(path: "Tests").path)
        return try files.filter { $0.hasSuffix(".swift") }.reduce(into: []) { suites, file in
            suites.formUnion(try read("Tests/\(file)").matches(of: /struct (\w+Tests)\b/).map { String($0.1) })
        }
    }

    @Test func `every suite it names is there, and every row names one`() throws {
        let suites = try Self.suites()
        let text = try Self.read("docs/reliability.md")
        for name in text.matches(of: /`(\w+Tests)`/).map({ String($0.1) }) {
            #expect(suites.contains(name), "there is no suite \(name)")
        }
        let sections = text.split(separator: "\n## ").filter {
            $0.hasPrefix("The contract") || $0.hasPrefix("What it can do")
        }
        #expect(sections.count == 2)
        for row in sections.joined().split(separator: "\n") where row.hasPrefix("| ") && !row.hasSuffix("control |") {
            #expect(row.contains("Tests`") || row.hasSuffix("| Tests |"), "no test stands in: \(row)")
        }
    }
}
