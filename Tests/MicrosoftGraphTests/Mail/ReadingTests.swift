import FixtureServer
import FoundationEssentials
import HTTPClient
import JSON
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

    @Test func `a folder whose name has a slash is found by its id`() async throws {
        try await GraphBench.run { bench in
            _ = try await bench.client.connection.perform(
                .post("/users/\(GraphBench.receiver)/mailFolders", ["displayName": "2025/2026"], mayRepeat: false),
                mailbox: GraphBench.receiver,
                deadline: bench.deadline,
                operation: "make a folder"
            )
            let folders = try await bench.client.folders(of: GraphBench.receiver, below: nil, deadline: bench.deadline)
            let made = try #require(folders.first { $0.name == "2025/2026" })
            let list = try await bench.client.messages(
                in: GraphBench.receiver,
                matching: MailQuery(folder: FolderReference(made.id)),
                deadline: bench.deadline
            )
            #expect(list.mails.isEmpty && list.isComplete)
            let error = await #expect(throws: MailError.self) {
                try await bench.client.folders(
                    of: GraphBench.receiver,
                    below: FolderReference("AQMkAAAAAAAAAQwAAAAnot"),
                    deadline: bench.deadline
                )
            }
            #expect(error?.message.contains("no folder 'AQMkAAAAAAAAAQwAAAAnot'") == true)
        }
    }

    @Test func `a mail that is attached to a mail becomes a file of its own`() async throws {
        try await GraphBench.run { bench in
            let user = "/users/\(GraphBench.mailbox)/messages"
            let draft = try await bench.client.connection.perform(
                .post(user, ["subject": "außen"], mayRepeat: false),
                mailbox: GraphBench.mailbox,
                deadline: bench.deadline,
                operation: "make a draft"
            )
            let id = try #require(try JSONValue(parsing: draft.body)["id"]?.string)
            let item: JSONObject = [
                "@odata.type": "#microsoft.graph.message", "subject": "innen",
                "body": ["contentType": "text", "content": "Konto"],
            ]
            let attached = try await bench.client.connection.perform(
                .post(
                    "\(user)/\(id)/attachments",
                    ["@odata.type": "#microsoft.graph.itemAttachment", "name": "innen", "item": .object(item)],
                    mayRepeat: false
                ),
                mailbox: GraphBench.mailbox,
                deadline: bench.deadline,
                operation: "attach a mail"
            )
            #expect(attached.status == 201)
            let files = try await bench.client.attachments(
                of: id,
                in: GraphBench.mailbox,
                deadline: bench.deadline
            )
            #expect(files.map(\.name) == ["innen.eml"])
            #expect(files.first?.contentType == "message/rfc822")
            let path = bench.directory + "/innen.eml"
            try await bench.client.download(
                try #require(files.first),
                of: id,
                in: GraphBench.mailbox,
                to: path,
                limit: 10_000,
                deadline: bench.deadline
            )
            let text = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
            #expect(text.contains("Subject: innen") && text.contains("Konto"))
        }
    }

    @Test(arguments: ["nonsense", "AAMkAGcAAAAAAAAAAAAAAAAAAAAAAAAA="])
    func `a mail that is not there is named`(id: String) async throws {
        try await GraphBench.run { bench in
            let box = GraphBench.receiver
            let read = await #expect(throws: MailError.self) {
                try await bench.client.message(id, in: box, deadline: bench.deadline)
            }
            let files = await #expect(throws: MailError.self) {
                try await bench.client.attachments(of: id, in: box, deadline: bench.deadline)
            }
            let moved = await #expect(throws: MailError.self) {
                try await bench.client.move(id, to: .purpose(.trash), in: box, deadline: bench.deadline)
            }
            for error in [read, files, moved] {
                #expect(error?.code == .notFound)
                #expect(error?.message.contains(id) == true, "\(error?.message ?? "")")
            }
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
