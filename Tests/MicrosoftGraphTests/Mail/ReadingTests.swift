import FixtureServer
import Testing

@testable import MicrosoftGraph

@Suite struct ReadingTests {
    @Test func `the newest mails come first, over pages, filtered by sender and subject`() async throws {
        try await GraphBench.run { bench in
            for number in 1...12 {
                var mail = try bench.mail(key: "k\(number)")
                mail.subject = "Rechnung \(number)"
                _ = try await bench.client.send(mail, verify: false, deadline: bench.deadline)
                try await bench.time.sleep(.seconds(1))
            }
            let all = try await bench.client.messages(
                in: GraphBench.receiver,
                matching: MailQuery(limit: 100),
                deadline: bench.deadline
            )
            #expect(all.map(\.subject) == (1...12).reversed().map { "Rechnung \($0)" })
            let some = try await bench.client.messages(
                in: GraphBench.receiver,
                matching: MailQuery(limit: 2, unreadOnly: true, from: GraphBench.mailbox, subject: "rechnung 1"),
                deadline: bench.deadline
            )
            #expect(some.map(\.subject) == ["Rechnung 12", "Rechnung 11"])
            let none = try await bench.client.messages(
                in: GraphBench.receiver,
                matching: MailQuery(from: "o'brien@x.example"),
                deadline: bench.deadline
            )
            #expect(none.isEmpty)
        }
    }

    @Test func `search quotes what it is given`() async throws {
        try await GraphBench.run { bench in
            var mail = try bench.mail()
            mail.subject = "Rechnung für \"Firma X\""
            _ = try await bench.client.send(mail, verify: false, deadline: bench.deadline)
            let found = try await bench.client.search(
                "subject:firma",
                in: GraphBench.receiver,
                limit: 5,
                deadline: bench.deadline
            )
            #expect(found.count == 1)
        }
    }

    @Test func `a mail is read with its files`() async throws {
        try await GraphBench.run { bench in
            let mail = try bench.mail(files: [777])
            _ = try await bench.client.send(mail, verify: false, deadline: bench.deadline)
            let found = try await bench.client.messages(
                in: GraphBench.receiver,
                matching: MailQuery(hasAttachments: true),
                deadline: bench.deadline
            )
            let id = try #require(found.first?.id)
            let read = try await bench.client.message(id, in: GraphBench.receiver, deadline: bench.deadline)
            #expect(read.body == "Guten Tag")
            #expect(read.from == GraphBench.mailbox)
            let files = try await bench.client.files(of: id, in: GraphBench.receiver, deadline: bench.deadline)
            #expect(files.map(\.name) == ["Rechnung-0-für-X.pdf"])
            #expect(files[0].bytes.count == 777)
        }
    }

    @Test func `an error inside a list that says 200 is an error`() async throws {
        try await GraphBench.run { bench in
            let body = #"{"value":[{"error":{"code":"ErrorInternalServerError"}}]}"#
            await bench.graph.add(FaultRule(.answer, method: "GET", status: 200, body: body))
            let error = await #expect(throws: GraphError.self) {
                _ = try await bench.client.messages(
                    in: GraphBench.receiver,
                    matching: MailQuery(),
                    deadline: bench.deadline
                )
            }
            #expect(error?.code == .malformedAnswer)
        }
    }
}
