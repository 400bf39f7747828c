import Cryptography
import EventLoops
import FixtureServer
import FoundationEssentials
import HTTPClient
import JSON
import MailModel
import TestSupport
import Testing

@testable import MicrosoftGraph

/// The client by libcurl against the fixture's real listeners.
@Suite struct SocketTests {
    private struct Bench {
        let fixtures: Fixtures
        let client: MailClient
        let directory: String

        func mail(bytes length: Int) throws -> OutgoingMail {
            let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 13) }
            try Data(bytes).write(to: URL(filePath: directory + "/a.pdf"))
            let attachment = OutgoingAttachment(
                path: directory + "/a.pdf",
                name: "Rechnung für X.pdf",
                contentType: "application/pdf",
                bytes: length,
                sha256: SHA256.digest(of: bytes).hex
            )
            return OutgoingMail(
                key: "job-9/mail/0",
                mailbox: GraphBench.mailbox,
                to: [try MailAddress(GraphBench.receiver)],
                subject: "Rechnung",
                body: "<p>Guten Tag</p>",
                bodyType: .html,
                attachments: [attachment]
            )
        }

        func send(bytes length: Int) async throws -> SentMail {
            try await client.send(try mail(bytes: length), deadline: .now + .seconds(30))
        }

        func sent() async -> [JSONObject] { await fixtures.graph.messages(of: GraphBench.mailbox, in: "sentitems") }
    }

    private static func run(_ body: (Bench) async throws -> Void) async throws {
        let loop = EventLoop(name: "graph-socket")
        let fixtures = try await Fixtures.start(on: loop)
        let transport = CurlTransport(on: loop)
        let settings = GraphSettings(
            tenant: fixtures.application.tenant,
            clientID: fixtures.application.clientID,
            credential: .secret(fixtures.application.clientSecret),
            loginURL: fixtures.graphURL,
            graphURL: fixtures.graphURL + "/v1.0"
        )
        let client = MailClient(settings, transport: transport, environment: .on(loop))
        try await withTemporaryDirectory { directory in
            try await body(Bench(fixtures: fixtures, client: client, directory: directory))
        }
        await transport.shutdown()
        await fixtures.close()
        await loop.shutdown()
    }

    @Test func `a mail with an attachment arrives over real sockets, and send has a length of 0`() async throws {
        try await Self.run { bench in
            let sent = try await bench.send(bytes: 48_000)
            #expect(sent.proof == .inSentItems)
            let copies = await bench.sent()
            #expect(copies.count == 1)
            #expect(copies[0]["attachments"]?[0]?["bytes"]?.int == 48_000)
            let request = await bench.fixtures.graph.requests.first { $0.target.hasSuffix("/send") }
            #expect(request?.contentLength == 0)
        }
    }

    @Test func `a large attachment goes up in pieces over real sockets`() async throws {
        try await Self.run { bench in
            let sent = try await bench.send(bytes: 9_500_000)
            #expect(sent.proof == .inSentItems)
            let pieces = await bench.fixtures.graph.requests.filter { $0.method == "PUT" }
            #expect(pieces.count == 3)
            #expect(pieces.allSatisfy { !$0.hadAuthorization })
        }
    }

    @Test(arguments: [
        FaultRule(.cutAfter, pathSuffix: "/send"), FaultRule(.answerAfter, pathSuffix: "/send", status: 504),
        FaultRule(.cutAfter, method: "POST", pathSuffix: "/attachments"),
        FaultRule(.cutAfter, method: "POST", pathSuffix: "/messages"),
        FaultRule(.answer, pathSuffix: "/send", status: 429, retryAfter: 1),
        FaultRule(.cut, method: "GET"),
    ])
    func `whatever breaks, there is exactly one mail with one attachment`(fault: FaultRule) async throws {
        try await Self.run { bench in
            await bench.fixtures.graph.add(fault)
            let sent = try await bench.send(bytes: 1000)
            #expect(sent.proof == .inSentItems)
            let copies = await bench.sent()
            #expect(copies.count == 1)
            #expect(copies[0]["attachments"]?.array?.count == 1)
        }
    }

    @Test func `nobody at the address is unavailable, not unknown`() async throws {
        let loop = EventLoop(name: "graph-socket")
        let transport = CurlTransport(on: loop)
        // Port 9 (discard) of loopback: nobody listens there.
        let settings = GraphSettings(
            tenant: "t",
            clientID: "c",
            credential: .secret("s"),
            loginURL: "http://127.0.0.1:9",
            graphURL: "http://127.0.0.1:9/v1.0"
        )
        let client = MailClient(settings, transport: transport, environment: .on(loop))
        let error = await #expect(throws: MailError.self) { try await client.authenticate() }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains("http://127.0.0.1:9") == true)
        await transport.shutdown()
        await loop.shutdown()
    }
}
