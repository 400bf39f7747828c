import FixtureServer
import HTTPClient
import JSON
import MailModel
import Testing

@testable import MicrosoftGraph

/// The client when the service slows it down or fails.
@Suite struct ThrottledClientTests {
    private static func list(_ bench: GraphBench, within limit: Duration = .seconds(3600)) async throws {
        _ = try await bench.client.messages(
            in: GraphBench.receiver,
            matching: MailQuery(),
            deadline: bench.time.now + limit
        )
    }

    private static func asked(_ bench: GraphBench) async -> Int {
        await bench.graph.requests.count { $0.target.contains("/messages") }
    }

    @Test(arguments: [429, 503]) func `Retry-After holds for every request of the mailbox, and is kept to the second`(
        status: Int
    ) async throws {
        try await GraphBench.run { bench in
            try await Self.list(bench)
            await bench.graph.add(FaultRule(.answer, method: "GET", status: status, retryAfter: 7))
            let before = bench.time.elapsed
            try await Self.list(bench)
            #expect(bench.time.elapsed - before == .seconds(7))
            #expect(await Self.asked(bench) == 3)
        }
    }

    @Test func `a wish that is over when it comes does not make us ask without a pause`() async throws {
        try await GraphBench.run { bench in
            await bench.graph.add(FaultRule(.answer, method: "GET", status: 429, retryAfter: 0, times: 3))
            try await Self.list(bench)
            #expect(bench.time.elapsed == .milliseconds(3500))
        }
    }

    @Test func `504 without a wish is asked again later, and not for ever`() async throws {
        try await GraphBench.run { bench in
            await bench.graph.add(FaultRule(.answer, method: "GET", status: 504, times: 2))
            try await Self.list(bench)
            #expect(await Self.asked(bench) == 3)
            #expect(bench.time.elapsed > .seconds(1))
            await bench.graph.add(FaultRule(.answer, method: "GET", status: 504, times: 100))
            let failure = await #expect(throws: MailError.self) { try await Self.list(bench) }
            #expect(failure?.code == .unavailable && failure?.status == 504)
            #expect(await Self.asked(bench) == 7)
        }
    }

    @Test
    func `a mailbox that keeps failing is left alone, then one request tries, and another mailbox is not held up`()
        async throws
    {
        try await GraphBench.run { bench in
            await bench.graph.add(
                FaultRule(.answer, method: "GET", pathContains: "anna", status: 500, times: 5)
            )
            await #expect(throws: MailError.self) { try await Self.list(bench) }
            await #expect(throws: MailError.self) { try await Self.list(bench, within: .seconds(2)) }
            #expect(await Self.asked(bench) == 5)
            let failure = await #expect(throws: MailError.self) { try await Self.list(bench, within: .seconds(2)) }
            #expect(failure?.code == .unavailable)
            #expect(failure?.message.contains("failed several times in a row; nothing was asked") == true)
            #expect(await Self.asked(bench) == 5)
            _ = try await bench.client.messages(
                in: GraphBench.mailbox,
                matching: MailQuery(),
                deadline: bench.deadline
            )
            #expect(await Self.asked(bench) == 6)
            let before = bench.time.elapsed
            try await Self.list(bench)
            #expect(bench.time.elapsed - before <= .seconds(15))
            #expect(await Self.asked(bench) == 7)
        }
    }

    // MARK: Uploads

    /// The second piece of a large file meets a fault.
    private static func send(_ fault: FaultRule, _ bench: GraphBench) async throws -> (sessions: Int, isWhole: Bool) {
        let mail = try bench.mail(files: [9_000_000])
        await bench.graph.add(FaultRule(.delay, method: "PUT"))
        await bench.graph.add(fault)
        let sent = try await bench.client.send(mail, deadline: bench.deadline)
        let files = await bench.sent().first?["attachments"]?.array ?? []
        let sessions = await bench.graph.requests.count { $0.target.hasSuffix("/createUploadSession") }
        let isWhole = files.map { $0["sha256"]?.string } == [mail.attachments[0].sha256]
        return (sessions, isWhole && sent.proof == .inSentItems)
    }

    @Test func `an upload session that ended in the middle is replaced, and the file goes up whole`() async throws {
        try await GraphBench.run { bench in
            let gone = FaultRule(.answer, method: "PUT", status: 404, code: "ErrorItemNotFound")
            let (sessions, isWhole) = try await Self.send(gone, bench)
            #expect(sessions == 2 && isWhole)
        }
    }

    @Test func `of a piece that broke in its middle only the rest goes up`() async throws {
        try await GraphBench.run { bench in
            let (sessions, isWhole) = try await Self.send(FaultRule(.half, method: "PUT"), bench)
            #expect(sessions == 1 && isWhole)
            let pieces = await bench.graph.requests.filter { $0.method == "PUT" }.map(\.contentLength)
            #expect(pieces == [3_932_160, 3_932_160, 3_101_760])
        }
    }

    // MARK: Changes

    @Test func `what came before a page of changes failed is told, the rest at the next look`() async throws {
        let place = "https://graph.microsoft.com/v1.0/changes"
        let transport = ScriptedTransport { _, number in
            switch number {
            case 0: ScriptedTransport.token()
            case 1: ScriptedTransport.json(200, ["value": [["id": "AA"]], "@odata.nextLink": .string(place)])
            case 2...5: HTTPClientResponse(status: 500)
            default: ScriptedTransport.json(200, ["value": [["id": "BB"]], "@odata.deltaLink": .string(place)])
            }
        }
        let time = VirtualTime()
        let environment = GraphEnvironment(
            now: { time.now },
            sleep: { try await time.sleep($0) },
            readFile: { _ in [] }
        )
        let settings = GraphSettings(tenant: "t", clientID: "c", credential: .secret("s"))
        let client = MailClient(settings, transport: transport, environment: environment)
        let watch = try await client.watch(.purpose(.inbox), of: "a@b.de", since: "2020-01-01T00:00:00Z")
        for id in ["AA", "BB"] {
            #expect(try await watch.poll(deadline: time.now + .seconds(60)).map(\.id) == [id])
        }
        #expect(transport.requests.count == 7)
    }

    @Test func `a watch whose place the service has forgotten begins anew`() async throws {
        try await GraphBench.run { bench in
            let watch = try await bench.client.watch(
                .purpose(.inbox),
                of: GraphBench.receiver,
                since: "2020-01-01T00:00:00Z"
            )
            let none = try await watch.poll(deadline: bench.deadline)
            #expect(none.isEmpty)
            await bench.graph.expireDeltas()
            _ = try await bench.client.send(try bench.mail(), verify: false, deadline: bench.deadline)
            let found = try await watch.poll(deadline: bench.deadline)
            #expect(found.map(\.subject) == ["Rechnung 2026-0114"])
            #expect(await bench.graph.requests.contains { $0.status == 410 })
        }
    }
}
