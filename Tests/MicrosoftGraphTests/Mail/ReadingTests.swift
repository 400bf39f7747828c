import FixtureServer
import FoundationEssentials
import MailModel
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
            #expect(all.mails.map(\.subject) == (1...12).reversed().map { "Rechnung \($0)" })
            let some = try await bench.client.messages(
                in: GraphBench.receiver,
                matching: MailQuery(limit: 2, unreadOnly: true, from: GraphBench.mailbox, subject: "rechnung 1"),
                deadline: bench.deadline
            )
            #expect(some.mails.map(\.subject) == ["Rechnung 12", "Rechnung 11"])
            let none = try await bench.client.messages(
                in: GraphBench.receiver,
                matching: MailQuery(from: "o'brien@x.example"),
                deadline: bench.deadline
            )
            #expect(none.mails.isEmpty)
            #expect(none.isComplete)
        }
    }

    @Test func `search quotes what it is given`() async throws {
        try await GraphBench.run { bench in
            var mail = try bench.mail()
            mail.subject = "Rechnung für \"Firma X\""
            _ = try await bench.client.send(mail, verify: false, deadline: bench.deadline)
            let found = try await bench.client.messages(
                in: GraphBench.receiver,
                matching: MailQuery(folder: nil, limit: 5, search: "subject:firma"),
                deadline: bench.deadline
            )
            #expect(found.mails.count == 1)
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
            let id = try #require(found.mails.first?.id)
            let read = try await bench.client.message(id, in: GraphBench.receiver, deadline: bench.deadline)
            #expect(read.body == "Guten Tag")
            #expect(read.from == GraphBench.mailbox)
            let files = try await bench.client.attachments(of: id, in: GraphBench.receiver, deadline: bench.deadline)
            #expect(files.map(\.name) == ["Rechnung-0-für-X.pdf"])
            let path = bench.directory + "/got.pdf"
            try await bench.client.download(
                files[0],
                of: id,
                in: GraphBench.receiver,
                to: path,
                limit: 777,
                deadline: bench.deadline
            )
            #expect(
                try Data(contentsOf: URL(filePath: path)) == Data(contentsOf: URL(filePath: mail.attachments[0].path))
            )
        }
    }

    @Test func `an error inside a list that says 200 is an error`() async throws {
        try await GraphBench.run { bench in
            let body = #"{"value":[{"error":{"code":"ErrorInternalServerError"}}]}"#
            await bench.graph.add(FaultRule(.answer, method: "GET", status: 200, body: body))
            let error = await #expect(throws: MailError.self) {
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

@Suite struct QueryTests {
    @Test(arguments: [
        (MailQuery(from: "a@b.de", search: "x"), "cannot be combined"),
        (MailQuery(unreadOnly: true, search: "x"), "cannot be combined"), (MailQuery(search: "  "), "is empty"),
        (MailQuery(search: "subject:\"open"), "not closed"), (MailQuery(search: "von:anna"), "no property 'von'"),
        (MailQuery(search: "foo:1 subject:x"), "no property 'foo'"),
    ])
    func `a search the service would refuse is refused with the reason, and nobody is asked`(
        query: MailQuery,
        words: String
    ) async throws {
        try await GraphBench.run { bench in
            let error = await #expect(throws: MailError.self) {
                try await bench.client.messages(in: GraphBench.receiver, matching: query, deadline: bench.deadline)
            }
            #expect(error?.code == .invalidInput)
            #expect(error?.message.contains(words) == true)
            #expect(await bench.graph.requests.isEmpty)
        }
    }

    @Test func `quotes inside a search are escaped, and a colon in quotes is no property`() throws {
        let query = MailQuery(search: "x")
        #expect(try query.searchValue("subject:\"a b\"") == "\"subject:\\\"a b\\\"\"")
        #expect(try query.searchValue("\"Betreff: x\"") == "\"\\\"Betreff: x\\\"\"")
        #expect(try query.searchValue("from:anna AND received>=2026-11-20") == "\"from:anna AND received>=2026-11-20\"")
    }

    @Test func `a next page elsewhere is not asked for`() async throws {
        try await GraphBench.run { bench in
            let body = #"{"value":[{"id":"AA"}],"@odata.nextLink":"http://graph.test.evil.example/v1.0/x"}"#
            await bench.graph.add(FaultRule(.answer, method: "GET", status: 200, body: body))
            let error = await #expect(throws: MailError.self) {
                try await bench.client.messages(
                    in: GraphBench.receiver,
                    matching: MailQuery(),
                    deadline: bench.deadline
                )
            }
            #expect(error?.code == .malformedAnswer)
            #expect(await bench.graph.requests.count { $0.method == "GET" } == 1)
        }
    }

    @Test func `a list that is cut off is an error`() async throws {
        try await GraphBench.run { bench in
            await bench.graph.add(FaultRule(.answer, method: "GET", status: 200, body: #"{"value":[{"id":"AA""#))
            let error = await #expect(throws: MailError.self) {
                try await bench.client.messages(
                    in: GraphBench.receiver,
                    matching: MailQuery(),
                    deadline: bench.deadline
                )
            }
            #expect(error?.code == .malformedAnswer)
        }
    }
}
