import TestSupport
import Testing

@testable import EventLoops

@Suite struct DiskSpaceTests {
    @Test func `a directory's disk has so much room, a path that leads nowhere has none that is known`() async throws {
        try await withTemporaryDirectory { directory in
            let free = try #require(DiskSpace.free(at: directory))
            #expect(free > 0)
            #expect(DiskSpace.free(at: directory + "/nowhere") == nil)
        }
    }
}
