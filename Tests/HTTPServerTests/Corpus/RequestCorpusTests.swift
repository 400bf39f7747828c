import TestSupport
import Testing

@testable import HTTPServer

@Suite struct RequestCorpusTests {
    @Test(arguments: RequestCorpus.cases)
    func `raw requests get the statuses of the corpus`(example: RequestCorpus.Case) async throws {
        var settings = HTTPListenerSettings()
        settings.bodyLimit = 4 << 20
        try await TestServer.with(settings) { server in
            let client = try await server.client()
            for step in example.steps {
                switch step {
                case .send(let bytes): await client.send(bytes)
                case .await(let text): _ = await client.receive(until: text)
                case .end: await client.shutdown()
                }
            }
            let wanted = example.statuses
            if example.staysOpen {
                _ = await client.receive { AnswerReader.answers(in: $0).count >= wanted.count }
                await client.send("GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            }
            let bytes = await client.receive { _ in false }
            let answers = AnswerReader.answers(in: bytes)
            #expect(answers.map(\.status) == wanted + (example.staysOpen ? [200] : []))
            #expect(await client.hasEnded)
            #expect(await !client.wasReset)
            await client.close()
        }
    }
}
