import FoundationEssentials
import Testing

/// docs/audit.md says what is on record: the families of actions are those the sources write.
@Suite struct AuditDocsTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// `job` of `"job.submitted"` and of `"job.\(state)"`, in every file that has to do with the audit.
    private func recorded() throws -> Set<String> {
        let sources = Self.root.appending(path: "Sources")
        var families: Set<String> = []
        for path in try FileManager.default.subpathsOfDirectory(atPath: sources.path) where path.hasSuffix(".swift") {
            let text = try String(contentsOf: sources.appending(path: path), encoding: .utf8)
            guard ["AuditEntry", "AuditChain", "audit(", "trail", ".record("].contains(where: { text.contains($0) })
            else {
                continue
            }
            for match in text.matches(of: /"([a-z_]+)\.(?:[a-z_]+|\\\([^"\n]*\))?"/) {
                families.insert(String(match.1))
            }
        }
        return families
    }

    /// The families the table names, by the actions in it.
    private func documented() throws -> Set<String> {
        let docs = try String(contentsOf: Self.root.appending(path: "docs/audit.md"), encoding: .utf8)
        let section = try #require(docs.components(separatedBy: "## What is on record").last)
            .components(separatedBy: "\n## ")[0]
        return Set(section.matches(of: /`([a-z_]+)\.(?:[a-z_]+|…)`/).map { String($0.1) })
    }

    @Test func `the table names every family of actions the sources record, and no other`() throws {
        let recorded = try recorded()
        #expect(recorded.isSuperset(of: ["job", "step", "session", "key", "policy", "queue", "audit"]))
        #expect(try documented() == recorded)
    }
}
