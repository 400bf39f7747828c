import FixtureServer
import JSON
import MailModel
import Testing

@testable import MicrosoftGraph

/// What became of a mail, by the message trace.
@Suite struct TracingTests {
    private static let right: Set<String> = ["Mail.ReadWrite", "Mail.Send", "ExchangeMessageTrace.Read.All"]

    @Test func `each receiver has a delivery, those on their way and those lost among them`() async throws {
        try await GraphBench.run { bench in
            await bench.graph.setRoles(Self.right)
            await bench.graph.setTracing(delay: 30_000, statuses: ["anna@kunde.example": "filteredAsSpam"])
            var mail = try bench.mail()
            mail.cc = [try MailAddress("bob@anderswo.example"), try MailAddress("niemand@kunde.example")]
            let sent = try await bench.client.send(mail, deadline: bench.deadline)
            func look() async throws -> [String: MailDelivery.Status] {
                let found = try await bench.client.deliveries(
                    of: sent.trace.internetMessageID,
                    from: GraphBench.mailbox,
                    deadline: bench.deadline
                )
                return Dictionary(uniqueKeysWithValues: found.map { ($0.to, $0.status) })
            }
            let first = try await look()
            #expect(Set(first.values) == [.pending])
            try await bench.time.sleep(.seconds(30))
            let last = try await look()
            #expect(last["anna@kunde.example"] == .filteredAsSpam && last["bob@anderswo.example"] == .delivered)
            #expect(last["niemand@kunde.example"] == .failed && last.count == 3)
        }
    }

    @Test func `a mail nobody knows has no deliveries, and a quote in its id ends no literal`() async throws {
        try await GraphBench.run { bench in
            await bench.graph.setRoles(Self.right)
            _ = try await bench.client.send(try bench.mail(), deadline: bench.deadline)
            let found = try await bench.client.deliveries(
                of: "<x' or messageId ne 'y@z>",
                from: GraphBench.mailbox,
                deadline: bench.deadline
            )
            #expect(found.isEmpty)
        }
    }

    @Test func `without the right the failure names it`() async throws {
        try await GraphBench.run { bench in
            let failure = await #expect(throws: MailError.self) {
                try await bench.client.deliveries(of: "<a@b>", from: GraphBench.mailbox, deadline: bench.deadline)
            }
            #expect(failure?.code == .permission)
            #expect(failure?.message.contains("ExchangeMessageTrace.Read.All") == true)
            #expect(failure?.message.contains("Mail.Send") == false, "the rights of mailboxes are no help here")
        }
    }

    @Test func `words of the service become ours, unknown ones are no success`() {
        let words = ["gettingStatus", "pending", "expanded", "quarantined", "unknownFutureValue", "lost"]
        let read = words.map { MailDelivery(["recipientAddress": "a@b.de", "status": .string($0)])?.status }
        #expect(read == [.pending, .pending, .expanded, .quarantined, .other, .other])
        #expect(MailDelivery(["status": "delivered"]) == nil)
    }
}
