import FixtureServer
import HTTPClient
import JSON
import MailModel
import Testing

@testable import MicrosoftGraph

/// Lists whose first page is empty and has a next one, as the service's may be.
@Suite struct PagingTests {
    @Test func `the same key again sends nothing, although the first page is empty`() async throws {
        try await GraphBench.run { bench in
            _ = try await bench.client.send(try bench.mail(files: [10]), deadline: bench.deadline)
            await bench.graph.setEmptyFirstPages(true)
            let second = try await bench.client.send(try bench.mail(files: [10]), deadline: bench.deadline)
            #expect(second.wasAlreadySent)
            #expect(second.proof == .inSentItems)
            #expect(await bench.sent().count == 1)
        }
    }

    @Test func `a mail whose answer was lost is found behind an empty page`() async throws {
        try await GraphBench.run { bench in
            await bench.graph.setEmptyFirstPages(true)
            await bench.graph.add(FaultRule(.cutAfter, pathSuffix: "/send"))
            let sent = try await bench.client.send(try bench.mail(files: [10]), deadline: bench.deadline)
            #expect(sent.proof == .inSentItems)
            let resolved = try await bench.client.resolve(try bench.mail(files: [10]), deadline: bench.deadline)
            #expect(resolved?.trace.internetMessageID == sent.trace.internetMessageID)
            #expect(await bench.sent().count == 1)
        }
    }

    @Test func `mails, files, folders and changes are read behind an empty page`() async throws {
        try await GraphBench.run { bench in
            _ = try await bench.client.send(try bench.mail(files: [7]), verify: false, deadline: bench.deadline)
            await bench.graph.setEmptyFirstPages(true)
            let mailbox = GraphBench.receiver
            let list = try await bench.client.messages(in: mailbox, matching: MailQuery(), deadline: bench.deadline)
            let id = try #require(list.mails.first?.id)
            let files = try await bench.client.attachments(of: id, in: mailbox, deadline: bench.deadline)
            #expect(files.map(\.name) == ["Rechnung-0-für-X.pdf"])
            let folders = try await bench.client.folders(of: mailbox, below: nil, deadline: bench.deadline)
            #expect(!folders.isEmpty)
            let watch = try await bench.client.watch(.purpose(.inbox), of: mailbox, since: "2020-01-01T00:00:00Z")
            #expect(try await watch.poll(deadline: bench.deadline).map(\.id) == [id])
        }
    }

    @Test func `what became of a mail is read behind an empty page`() async throws {
        try await GraphBench.run { bench in
            await bench.graph.setRoles(["Mail.Send", "Mail.ReadWrite", "ExchangeMessageTrace.Read.All"])
            let sent = try await bench.client.send(try bench.mail(), deadline: bench.deadline)
            await bench.graph.setEmptyFirstPages(true)
            let found = try await bench.client.deliveries(
                of: sent.trace.internetMessageID,
                from: GraphBench.mailbox,
                deadline: bench.deadline
            )
            #expect(found.map(\.to) == [GraphBench.receiver])
        }
    }

    @Test func `a list without an end is an error, not an empty list`() async throws {
        let transport = ScriptedTransport { request, _ in
            if request.url.contains("/token") { return ScriptedTransport.token() }
            return ScriptedTransport.json(
                200,
                ["value": [], "@odata.nextLink": "http://graph.test/v1.0/users/a/messages?$skip=1"]
            )
        }
        try await GraphBench.run { bench in
            let client = MailClient(
                bench.client.settings,
                transport: transport,
                environment: bench.client.environment
            )
            let error = await #expect(throws: MailError.self) {
                try await client.find(key: "k", in: GraphBench.mailbox, deadline: bench.deadline)
            }
            #expect(error?.code == .malformedAnswer)
            #expect(error?.message.contains("does not end") == true)
        }
    }
}
