import FixtureServer
import JSON
import JobModel
import Testing

@testable import Executors

/// Waiting for what became of a mail, over real sockets.
@Suite struct MailTracingTests {
    private static func run(delay: Int64 = 0, _ body: (MailJob, JSONValue) async throws -> Void) async throws {
        try await MailJob.run { job in
            await job.fixtures.graph.setRoles(["Mail.ReadWrite", "Mail.Send", "ExchangeMessageTrace.Read.All"])
            await job.fixtures.graph.setTracing(delay: delay)
            let sent = try await job.send(["cc": "niemand@kunde.example", "verify_sent": false])
            try await body(job, try #require(sent.outputs["internet_message_id"]))
        }
    }

    @Test func `a mail is delivered to one and lost to another, and the task says so or fails`() async throws {
        try await Self.run { job, id in
            let lost = await #expect(throws: StepFailure.self) {
                try await job.session.execute(job.step(.traceMail, ["internet_message_id": id]))
            }
            #expect(lost?.reason == .mailRejected)
            #expect(lost?.message.contains("niemand@kunde.example: failed") == true)
            let told = try await job.session.execute(
                job.step(.traceMail, ["internet_message_id": id, "must_arrive": false])
            )
            #expect(told.outputs["delivered"] == false && told.outputs["count"] == 2)
            #expect(told.outputs["deliveries"]?[0]?["to"] == .string(MailJob.receiver))
            #expect(told.outputs["deliveries"]?[0]?["status"] == "delivered")
        }
    }

    @Test func `what nobody knows in time is a time-out that names who is open`() async throws {
        try await Self.run(delay: 3_600_000) { job, id in
            var step = job.step(.traceMail, ["internet_message_id": id, "to": "bob@anderswo.example"])
            step.deadline = .now + .seconds(2)
            let failure = await #expect(throws: StepFailure.self) { try await job.session.execute(step) }
            #expect(failure?.reason == .timeout && failure?.isRetryable == true)
            #expect(failure?.message.contains("bob@anderswo.example") == true)
            #expect(failure?.message.contains(MailJob.receiver) == true)
        }
    }

    @Test(arguments: ["", "a b@c", "<a@b", "kein Zeichen", "<a\r\nb@c>"])
    func `what is no Message-ID is refused before anybody is asked`(id: String) async throws {
        try await MailJob.run { job in
            let failure = await #expect(throws: StepFailure.self) {
                try await job.session.execute(job.step(.traceMail, ["internet_message_id": .string(id)]))
            }
            #expect(failure?.reason == .invalidInput)
            #expect(await job.fixtures.graph.requests.isEmpty)
        }
    }
}
