import FixtureServer
import JSON
import MailModel
import Testing

@testable import MicrosoftGraph

/// Marks and moves of mails whose answers are lost.
@Suite struct ChangingTests {
    /// The id of a mail that has arrived.
    private static func arrived(_ bench: GraphBench) async throws -> String {
        _ = try await bench.client.send(try bench.mail(), verify: false, deadline: bench.deadline)
        let found = try await bench.client.messages(
            in: GraphBench.receiver,
            matching: MailQuery(),
            deadline: bench.deadline
        )
        return try #require(found.mails.first?.id)
    }

    private static func move(_ id: String, _ bench: GraphBench, within limit: Duration) async throws -> String {
        try await bench.client.move(
            id,
            to: .purpose(.trash),
            in: GraphBench.receiver,
            deadline: bench.time.now + limit
        )
    }

    private static func moves(_ bench: GraphBench) async -> Int {
        await bench.graph.requests.count { $0.target.hasSuffix("/move") }
    }

    @Test(arguments: [
        (FaultRule(.cut, pathSuffix: "/move"), 2), (FaultRule(.answer, pathSuffix: "/move", status: 504), 2),
        (FaultRule(.cut, pathSuffix: "/move", times: 2), 3), (FaultRule(.cutAfter, pathSuffix: "/move"), 1),
        (FaultRule(.answerAfter, pathSuffix: "/move", status: 504), 1),
    ])
    func `a mail whose move was not answered is moved once`(fault: FaultRule, moves: Int) async throws {
        try await GraphBench.run { bench in
            let id = try await Self.arrived(bench)
            await bench.graph.add(fault)
            #expect(try await Self.move(id, bench, within: .seconds(60)) == id)
            #expect(await bench.graph.messages(of: GraphBench.receiver, in: "deleteditems").count == 1)
            #expect(await bench.graph.messages(of: GraphBench.receiver, in: "inbox").isEmpty)
            #expect(await Self.moves(bench) == moves)
        }
    }

    @Test(arguments: [(Duration.seconds(60), 3), (.seconds(1), 1)])
    func `a mail that stays where it was was not moved, and nobody need look`(limit: Duration, moves: Int) async throws
    {
        try await GraphBench.run { bench in
            let id = try await Self.arrived(bench)
            await bench.graph.add(FaultRule(.answer, pathSuffix: "/move", status: 504, times: 9))
            let error = await #expect(throws: MailError.self) { try await Self.move(id, bench, within: limit) }
            #expect(error?.code == .unavailable)
            #expect(error?.message.contains("still lies where it was") == true)
            #expect(await bench.graph.messages(of: GraphBench.receiver, in: "inbox").count == 1)
            #expect(await Self.moves(bench) == moves)
        }
    }

    @Test func `a mail that is gone when its move was not answered is for a human`() async throws {
        try await GraphBench.run { bench in
            let id = try await Self.arrived(bench)
            await bench.graph.add(FaultRule(.cutAfter, pathSuffix: "/move"))
            await bench.graph.add(FaultRule(.answer, method: "GET", pathContains: "/messages/", status: 404))
            let error = await #expect(throws: MailError.self) { try await Self.move(id, bench, within: .seconds(60)) }
            #expect(error?.code == .unknownOutcome)
            #expect(await Self.moves(bench) == 1)
        }
    }

    @Test(arguments: [FaultRule(.cut, method: "PATCH"), FaultRule(.answerAfter, method: "PATCH", status: 504)])
    func `a mark is asked for again until it is answered`(fault: FaultRule) async throws {
        try await GraphBench.run { bench in
            let id = try await Self.arrived(bench)
            await bench.graph.add(fault)
            try await bench.client.mark(id, isRead: true, in: GraphBench.receiver, deadline: bench.deadline)
            let mail = try await bench.client.message(id, in: GraphBench.receiver, deadline: bench.deadline)
            #expect(mail.isRead)
        }
    }
}
