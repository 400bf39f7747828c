import Testing

@testable import SchedulerAPI

/// The examples of the pages do what they say.
@Suite struct LAMDocumentTests {
    @Test(arguments: ["lam.md", "agents.md"])
    func `the examples are requests as they are made, with the answers they get`(page: String) async throws {
        let blocks = try DocumentedTranscript.blocks(of: page)
        #expect(blocks.count >= 1)
        for block in blocks {
            try await Stage.with { stage in
                var transcript = DocumentedTranscript()
                try await transcript.run(block, on: stage)
                #expect(transcript.requests > 0)
            }
        }
    }
}
