import Testing

@testable import ExecutorHost

@Suite struct PathsTests {
    @Test func `two backups of one second lie in two directories, in the order they were made`() throws {
        let paths = Paths(try Configuration(environment: ["CPA_DATA_DIR": "/data"]))
        let first = paths.backup(at: 1_772_353_800_123)
        #expect(first == "/data/backups/20260301T083000.123Z")
        #expect(first < paths.backup(at: 1_772_353_800_124))
    }
}
