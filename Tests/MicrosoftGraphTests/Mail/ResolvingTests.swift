import FixtureServer
import MailModel
import Synchronization
import Testing

@testable import MicrosoftGraph

@Suite struct ResolvingTests {
    private static func resolve(_ bench: GraphBench, _ mode: SentMail.Mode = .draft) async throws -> SentMail? {
        try await bench.client.resolve(try bench.mail(), mode: mode, deadline: bench.deadline)
    }

    @Test func `a mail that went out is found by its key`() async throws {
        try await GraphBench.run { bench in
            let sent = try await bench.client.send(try bench.mail(), deadline: bench.deadline)
            let found = try await Self.resolve(bench)
            #expect(found?.trace.internetMessageID == sent.trace.internetMessageID)
            #expect(found?.proof == .inSentItems)
        }
    }

    @Test func `a draft that stays a draft did not go out`() async throws {
        try await GraphBench.run { bench in
            await #expect(throws: CancellationError.self) {
                try await bench.client.send(try bench.mail(), deadline: bench.deadline) { throw CancellationError() }
            }
            let found = try await Self.resolve(bench)
            #expect(found == nil)
            #expect(bench.time.elapsed >= .seconds(15))
        }
    }

    @Test(arguments: [SentMail.Mode.draft, .direct])
    func `where neither draft nor copy is, nobody can say`(mode: SentMail.Mode) async throws {
        try await GraphBench.run { bench in
            let error = await #expect(throws: MailError.self) {
                _ = try await Self.resolve(bench, mode)
            }
            #expect(error?.code == .unknownOutcome)
            #expect(bench.time.elapsed >= .seconds(15))
        }
    }

    @Test func `a mail whose copy comes later than anybody looks is not taken for one that was not sent`() async throws
    {
        try await GraphBench.run { bench in
            await bench.graph.setSending(delay: 180_000, isOutboxVisible: false)
            _ = try await bench.client.send(try bench.mail(), verify: false, deadline: bench.deadline)
            let error = await #expect(throws: MailError.self) {
                _ = try await Self.resolve(bench)
            }
            #expect(error?.code == .unknownOutcome)
        }
    }

    @Test(arguments: [SentMail.Mode.draft, .direct])
    func `what must be kept first is kept before the mail can be out, and its failure keeps the mail in`(
        mode: SentMail.Mode
    ) async throws {
        struct NotKept: Error {}
        try await GraphBench.run { bench in
            let mail = try bench.mail()
            await #expect(throws: NotKept.self) {
                try await bench.client.send(mail, mode: mode, deadline: bench.deadline) { throw NotKept() }
            }
            let found = try await bench.client.find(key: mail.key, in: mail.mailbox, deadline: bench.deadline)
            #expect(found.map(\.isDraft) == (mode == .draft ? [true] : []))
            let kept = Mutex(0)
            _ = try await bench.client.send(mail, mode: mode, deadline: bench.deadline) {
                kept.withLock { $0 += 1 }
            }
            #expect(kept.withLock { $0 } == 1)
        }
    }

    @Test func `with little time the look is shorter, with next to none nobody can say`() async throws {
        try await GraphBench.run { bench in
            await #expect(throws: CancellationError.self) {
                try await bench.client.send(try bench.mail(), deadline: bench.deadline) { throw CancellationError() }
            }
            let began = bench.time.elapsed
            let found = try await bench.client.resolve(
                try bench.mail(),
                deadline: bench.time.now + .seconds(8)
            )
            #expect(found == nil)
            #expect(bench.time.elapsed - began == .seconds(7))
            let error = await #expect(throws: MailError.self) {
                _ = try await bench.client.resolve(
                    try bench.mail(),
                    deadline: bench.time.now + .seconds(3)
                )
            }
            #expect(error?.code == .unknownOutcome)
        }
    }

    @Test func `a sent copy with other bytes than were to be sent is for a human`() async throws {
        try await GraphBench.run { bench in
            _ = try await bench.client.send(try bench.mail(files: [10]), deadline: bench.deadline)
            let error = await #expect(throws: MailError.self) {
                _ = try await bench.client.resolve(try bench.mail(files: [11]), deadline: bench.deadline)
            }
            #expect(error?.code == .unknownOutcome)
            #expect(error?.message.contains("Rechnung-0-für-X.pdf") == true)
        }
    }

    @Test func `a mail that turns up while it is looked for went out`() async throws {
        try await GraphBench.run { bench in
            await bench.graph.setSending(delay: 4000, isOutboxVisible: false)
            _ = try await bench.client.send(try bench.mail(), verify: false, deadline: bench.deadline)
            let found = try await Self.resolve(bench)
            #expect(found?.proof == .inSentItems)
        }
    }
}
