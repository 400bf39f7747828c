import Testing

@testable import JobModel

@Suite struct ByteCountTests {
    @Test(arguments: [
        (0, "0 B"), (999, "999 B"), (1499, "1 kB"), (1500, "2 kB"), (3_140_000, "3.1 MB"), (3_150_000, "3.2 MB"),
        (79_716_300_000, "79.7 GB"),
    ])
    func `sizes are short`(bytes: Int, text: String) {
        #expect(ByteCount.text(bytes) == text)
    }
}
