import FixtureServer
import MailModel
import Testing

@testable import MicrosoftGraph

@Suite struct DirectSendingTests {
    @Test func `direct mode sends by one request and finds the copy by its key`() async throws {
        try await GraphBench.run { bench in
            let mail = try bench.mail(files: [1000])
            let sent = try await bench.client.send(mail, mode: .direct, deadline: bench.deadline)
            #expect(sent.mode == .direct)
            #expect(sent.proof == .inSentItems)
            #expect(await bench.sent().count == 1)
            #expect(await bench.graph.requests.count { $0.method == "POST" && $0.target.contains("/users/") } == 1)
        }
    }

    @Test(arguments: [FaultRule.Kind.cutAfter, .answerAfter])
    func `a lost answer in direct mode is looked up and not repeated`(kind: FaultRule.Kind) async throws {
        try await GraphBench.run { bench in
            await bench.graph.add(FaultRule(kind, pathSuffix: "/sendMail", status: 504))
            await bench.graph.setSending(delay: 5000, isOutboxVisible: false)
            let sent = try await bench.client.send(try bench.mail(), mode: .direct, deadline: bench.deadline)
            #expect(sent.proof == .inSentItems)
            #expect(await bench.graph.requests.count { $0.target.hasSuffix("/sendMail") } == 1)
        }
    }

    @Test func `a lost answer in direct mode without a copy stays unknown`() async throws {
        try await GraphBench.run { bench in
            await bench.graph.add(FaultRule(.cut, pathSuffix: "/sendMail"))
            let error = await #expect(throws: MailError.self) {
                try await bench.client.send(try bench.mail(), mode: .direct, deadline: bench.deadline)
            }
            #expect(error?.code == .unknownOutcome)
        }
    }

    @Test(arguments: [true, false])
    func `the right to send is enough, and the result says that nobody looked`(verify: Bool) async throws {
        try await GraphBench.run { bench in
            await bench.graph.setRoles(["Mail.Send"])
            let sent = try await bench.client.send(
                try bench.mail(),
                mode: .direct,
                verify: verify,
                deadline: bench.deadline
            )
            #expect(!sent.wasLookedUp)
            #expect(sent.proof == .accepted)
            #expect(await bench.sent().count == 1)
        }
    }

    @Test func `without the right to read a lost answer is a question, now and later`() async throws {
        try await GraphBench.run { bench in
            await bench.graph.setRoles(["Mail.Send"])
            await bench.graph.add(FaultRule(.cutAfter, pathSuffix: "/sendMail"))
            let lost = await #expect(throws: MailError.self) {
                try await bench.client.send(try bench.mail(), mode: .direct, deadline: bench.deadline)
            }
            #expect(lost?.code == .unknownOutcome)
            #expect(lost?.message.contains("Mail.Read") == true)
            let later = await #expect(throws: MailError.self) {
                try await bench.client.resolve(try bench.mail(), mode: .direct, deadline: bench.deadline)
            }
            #expect(later?.code == .unknownOutcome)
            #expect(await bench.graph.requests.count { $0.target.hasSuffix("/sendMail") } == 1)
        }
    }

    @Test func `200 instead of 202 is no success`() async throws {
        try await GraphBench.run { bench in
            await bench.graph.add(FaultRule(.answer, pathSuffix: "/sendMail", status: 200, body: ""))
            let error = await #expect(throws: MailError.self) {
                try await bench.client.send(try bench.mail(), mode: .direct, deadline: bench.deadline)
            }
            #expect(error?.code == .unknownOutcome)
        }
    }

    @Test func `what does not fit into one request is refused before anything is sent`() async throws {
        try await GraphBench.run { bench in
            let error = await #expect(throws: MailError.self) {
                try await bench.client.send(
                    try bench.mail(files: [2_900_000]),
                    mode: .direct,
                    deadline: bench.deadline
                )
            }
            #expect(error?.code == .invalidInput)
            #expect(await bench.graph.requests.isEmpty)
        }
    }
}
