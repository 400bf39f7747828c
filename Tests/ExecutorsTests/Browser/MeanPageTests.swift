import FoundationEssentials
import JSON
import JobModel
import Testing

/// A page that does all that makes scripts flaky, seed by seed; tools/mean-page runs a thousand of them.
@Suite(.documentSite, .timeLimit(.minutes(10))) struct MeanPageTests {
    private static let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "fixtures/mean-page.yaml")

    @Test(arguments: 1...20)
    func `ends in exactly the state it should, without a retry`(seed: Int) async throws {
        let (pool, site, _) = try #require(DocumentSite.current)
        let bytes = Array(try Data(contentsOf: Self.file))
        let variables: JSONObject = ["site": .string(site), "seed": JSONValue(seed)]
        let scenario = try Scenario(parsing: bytes, file: "mean-page.yaml", variables: variables)
        #expect(scenario.maxRetries == 0)
        #expect(scenario.tasks.allSatisfy { $0.retries == 0 })
        let end = try await DocumentSite.run(scenario, pool: pool)
        #expect(end.type == .done, "\(JSONValue.object(end.payload).text(.pretty))")
    }
}
