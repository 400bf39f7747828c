import EventLoops
import Testing

@Suite struct HostLookupTests {
    @Test func `a name becomes an address, and one without is named`() async throws {
        let loop = EventLoop(name: "test")
        let address = try await HostLookup.resolve("localhost", on: loop)
        #expect(["127.0.0.1", "::1"].contains(address) && HostLookup.isAddress(address))
        #expect(!HostLookup.isAddress("localhost"))
        await #expect {
            try await HostLookup.resolve("nowhere.invalid", on: loop)
        } throws: {
            ($0 as? EventLoopError)?.code == .notFound && "\($0)".contains("'nowhere.invalid'")
        }
        await loop.shutdown()
    }
}
