import FoundationEssentials
import JSON
import JobModel
import TestSupport
import Testing

/// Pages as portals have them (fixtures/pages/portal-*.html), each worked by a scenario as its user would write it.
@Suite(.documentSite, .timeLimit(.minutes(5)), .retried) struct PortalPageTests {
    private static let directory = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "fixtures/portals").path
    static let files = ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).sorted()

    @Test func `there are scenarios`() {
        #expect(Self.files.count >= 15)
    }

    @Test(arguments: files)
    func `a portal is worked without a retry`(file: String) async throws {
        let (pool, site, _) = try #require(DocumentSite.current)
        let bytes = Array(try #require(FileManager.default.contents(atPath: "\(Self.directory)/\(file)")))
        let scenario = try Scenario(parsing: bytes, file: file, variables: ["site": .string(site)])
        #expect(scenario.maxRetries == 0)
        #expect(scenario.tasks.allSatisfy { $0.retries == 0 })
        let end = try await DocumentSite.run(scenario, pool: pool)
        #expect(end.type == .done, "\(JSONValue.object(end.payload).text(.pretty))")
    }
}
