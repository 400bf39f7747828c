import FoundationEssentials
import Testing

/// docs/cases.md says which tests hold each of the hundred cases; the names of the tests say it too.
@Suite struct CaseTableTests {
    private static let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// The suites whose tests name a case, by case.
    private static func suites() throws -> [Int: Set<String>] {
        var suites: [Int: Set<String>] = [:]
        let tests = package.appending(path: "Tests").path
        for file in try FileManager.default.subpathsOfDirectory(atPath: tests) where file.hasSuffix("Tests.swift") {
            let source = String(decoding: try Data(contentsOf: package.appending(path: "Tests/\(file)")), as: UTF8.self)
            let suite = String(file.split(separator: "/").last?.dropLast(6) ?? "")
            for match in source.matches(of: /func `[^`]*\(cases? ([0-9, ]+)\)`/) {
                for number in match.1.split(separator: ", ").compactMap({ Int($0) }) {
                    suites[number, default: []].insert(suite)
                }
            }
        }
        return suites
    }

    @Test func `every case has its tests, and the table names them`() throws {
        let suites = try Self.suites()
        #expect(Set(suites.keys) == Set(1...100))
        let table = String(
            decoding: try Data(contentsOf: Self.package.appending(path: "docs/cases.md")),
            as: UTF8.self
        )
        var rows: [Int: Set<String>] = [:]
        for row in table.split(separator: "\n").compactMap({ $0.wholeMatch(of: /\| (\d+) \| .+ \| (.+) \|/) }) {
            rows[try #require(Int(row.1))] = Set(row.2.matches(of: /`(\w+)`/).map { String($0.1) })
        }
        for number in 1...100 { #expect(rows[number] == suites[number], "case \(number)") }
    }
}
