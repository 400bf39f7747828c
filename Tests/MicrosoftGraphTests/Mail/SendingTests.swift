import FixtureServer
import JSON
import MailModel
import Testing

@testable import MicrosoftGraph

@Suite struct SendingTests {
    @Test func `a mail goes out once, with its attachment byte for byte, and is proved by its copy`() async throws {
        try await GraphBench.run { bench in
            let mail = try bench.mail(files: [48_123])
            let sent = try await bench.client.send(mail, deadline: bench.deadline)
            #expect(sent.proof == .inSentItems)
            #expect(!sent.wasAlreadySent)
            let copies = await bench.sent()
            #expect(copies.count == 1)
            #expect(copies[0]["message_id"]?.string == sent.trace.internetMessageID)
            #expect(copies[0]["attachments"]?[0]?["sha256"]?.string == mail.attachments[0].sha256)
            #expect(copies[0]["attachments"]?[0]?["name"]?.string == "Rechnung-0-für-X.pdf")
            #expect(copies[0]["headers"]?["x-executor-send-key"]?.string == "job-1/send/0")
            #expect(await bench.graph.messages(of: GraphBench.receiver, in: "inbox").count == 1)
            #expect(await bench.drafts().isEmpty)
        }
    }

    @Test func `the same key again sends nothing and finds the first mail`() async throws {
        try await GraphBench.run { bench in
            let first = try await bench.client.send(try bench.mail(files: [10]), deadline: bench.deadline)
            let second = try await bench.client.send(try bench.mail(files: [10]), deadline: bench.deadline)
            #expect(second.wasAlreadySent)
            #expect(second.trace.internetMessageID == first.trace.internetMessageID)
            #expect(await bench.sent().count == 1)
        }
    }

    @Test(arguments: [
        FaultRule(.answerAfter, pathSuffix: "/send", status: 504),
        FaultRule(.cutAfter, pathSuffix: "/send"),
        FaultRule(.answerAfter, pathSuffix: "/send", status: 500),
    ])
    func `an answer lost after the mail went out leads to exactly one mail`(fault: FaultRule) async throws {
        try await GraphBench.run { bench in
            await bench.graph.add(fault)
            let sent = try await bench.client.send(try bench.mail(files: [100]), deadline: bench.deadline)
            #expect(sent.proof == .inSentItems)
            #expect(await bench.sent().count == 1)
            #expect(await bench.graph.requests.count { $0.target.hasSuffix("/send") } == 1)
        }
    }

    @Test(arguments: [
        FaultRule(.answer, pathSuffix: "/send", status: 504),
        FaultRule(.cut, pathSuffix: "/send"),
        FaultRule(.answer, pathSuffix: "/send", status: 200, body: ""),
    ])
    func `an answer lost before the mail went out is waited out, then the draft is sent`(
        fault: FaultRule
    ) async throws {
        try await GraphBench.run { bench in
            await bench.graph.add(fault)
            let sent = try await bench.client.send(try bench.mail(), deadline: bench.deadline)
            #expect(sent.proof == .inSentItems)
            #expect(bench.time.elapsed >= .seconds(15))
            #expect(await bench.sent().count == 1)
        }
    }

    @Test(arguments: [(2_999_999, 0), (3_000_000, 1), (3_145_727, 1), (3_145_728, 1)])
    func `a file of any length goes up by the way that takes it`(length: Int, sessions: Int) async throws {
        try await GraphBench.run { bench in
            let mail = try bench.mail(files: [length])
            let sent = try await bench.client.send(mail, deadline: bench.deadline)
            #expect(sent.proof == .inSentItems)
            #expect(await bench.graph.requests.count { $0.target.hasSuffix("/createUploadSession") } == sessions)
            #expect(await bench.sent().first?["attachments"]?[0]?["sha256"]?.string == mail.attachments[0].sha256)
        }
    }

    @Test(arguments: [
        (FaultRule(.answer, pathSuffix: "/attachments", status: 413), MailError.Code.invalidInput),
        (FaultRule(.answer, pathSuffix: "/createUploadSession", status: 403, code: "ErrorQuotaExceeded"), .rejected),
        (FaultRule(.answer, pathSuffix: "/send", status: 403), .permission),
    ])
    func `a mail that is refused for good leaves no draft behind`(fault: FaultRule, code: MailError.Code) async throws {
        try await GraphBench.run { bench in
            await bench.graph.add(fault)
            let mail = try bench.mail(files: [100, 3_000_000])
            let failure = await #expect(throws: MailError.self) {
                try await bench.client.send(mail, deadline: bench.deadline)
            }
            #expect(failure?.code == code)
            #expect(await bench.drafts().isEmpty)
            #expect(await bench.sent().isEmpty)
        }
    }

    @Test func `a mail that cannot be found after a lost answer is never sent again`() async throws {
        try await GraphBench.run { bench in
            await bench.graph.setSending(delay: 3_600_000, isOutboxVisible: false)
            await bench.graph.add(FaultRule(.cutAfter, pathSuffix: "/send"))
            let error = await #expect(throws: MailError.self) {
                try await bench.client.send(try bench.mail(), deadline: bench.deadline)
            }
            #expect(error?.code == .unknownOutcome)
            #expect(error?.message.contains("Sent Items") == true)
            #expect(await bench.graph.requests.count { $0.target.hasSuffix("/send") } == 1)
        }
    }

    @Test func `a mail that needs a while to Sent Items is awaited there`() async throws {
        try await GraphBench.run { bench in
            await bench.graph.setSending(delay: 9000, keepsImmutableID: false)
            let sent = try await bench.client.send(try bench.mail(files: [10]), deadline: bench.deadline)
            #expect(sent.proof == .inSentItems)
            #expect(bench.time.elapsed >= .seconds(9))
        }
    }

    @Test func `without time to see the copy an accepted mail counts as accepted`() async throws {
        try await GraphBench.run { bench in
            await bench.graph.setSending(delay: 60_000)
            let sent = try await bench.client.send(try bench.mail(), deadline: bench.time.now + .seconds(5))
            #expect(sent.proof == .accepted)
        }
    }

    @Test func `429 is waited for as long as the service asks`() async throws {
        try await GraphBench.run { bench in
            await bench.graph.add(FaultRule(.answer, pathSuffix: "/send", status: 429, retryAfter: 7))
            _ = try await bench.client.send(try bench.mail(), deadline: bench.deadline)
            #expect(bench.time.elapsed >= .seconds(7))
            #expect(await bench.sent().count == 1)
        }
    }

    @Test func `a wait longer than the step's time limit is an error that names both`() async throws {
        try await GraphBench.run { bench in
            await bench.graph.add(FaultRule(.answer, pathSuffix: "/messages", status: 429, retryAfter: 300))
            let error = await #expect(throws: MailError.self) {
                try await bench.client.send(try bench.mail(), deadline: bench.time.now + .seconds(30))
            }
            #expect(error?.code == .throttled)
            #expect(error?.retryAfter == .seconds(300))
            #expect(error?.message.contains("300") == true)
            #expect(bench.time.elapsed == .zero)
        }
    }

    @Test func `a token refused in the middle costs one new token and no second mail`() async throws {
        try await GraphBench.run { bench in
            _ = try await bench.client.send(try bench.mail(key: "first"), deadline: bench.deadline)
            await bench.graph.expireTokens()
            _ = try await bench.client.send(try bench.mail(key: "second"), deadline: bench.deadline)
            #expect(await bench.graph.tokensIssued == 2)
            #expect(await bench.sent().count == 2)
        }
    }

    @Test func `a lost answer to the draft leads to one mail and no draft left`() async throws {
        try await GraphBench.run { bench in
            await bench.graph.add(FaultRule(.cutAfter, method: "POST", pathSuffix: "/messages"))
            _ = try await bench.client.send(try bench.mail(files: [5]), deadline: bench.deadline)
            #expect(await bench.sent().count == 1)
            #expect(await bench.drafts().isEmpty)
        }
    }

    @Test func `a lost answer to an attachment does not attach it twice`() async throws {
        try await GraphBench.run { bench in
            await bench.graph.add(FaultRule(.answerAfter, method: "POST", pathSuffix: "/attachments", status: 503))
            _ = try await bench.client.send(try bench.mail(files: [5, 6]), deadline: bench.deadline)
            let copies = await bench.sent()
            #expect(copies[0]["attachments"]?.array?.count == 2)
        }
    }

    @Test func `a draft an earlier run left is taken up with what it has`() async throws {
        try await GraphBench.run { bench in
            let mail = try bench.mail(files: [50, 60])
            // The earlier run ends right before it would have sent.
            await #expect(throws: CancellationError.self) {
                try await bench.client.send(mail, deadline: bench.deadline) { throw CancellationError() }
            }
            #expect(await bench.drafts().count == 1)
            _ = try await bench.client.send(mail, deadline: bench.deadline)
            #expect(await bench.drafts().isEmpty)
            let copies = await bench.sent()
            #expect(copies.count == 1)
            #expect(copies[0]["attachments"]?.array?.count == 2)
            #expect(
                await bench.graph.requests.count { $0.method == "POST" && $0.target.hasSuffix("/attachments") } == 2
            )
        }
    }

    @Test func `a large file goes up in pieces, in order, without a token`() async throws {
        try await GraphBench.run { bench in
            let mail = try bench.mail(files: [9_000_000])
            let sent = try await bench.client.send(mail, deadline: bench.deadline)
            #expect(sent.proof == .inSentItems)
            let copies = await bench.sent()
            #expect(copies[0]["attachments"]?[0]?["sha256"]?.string == mail.attachments[0].sha256)
            let pieces = await bench.graph.requests.filter { $0.method == "PUT" }
            #expect(pieces.map(\.contentLength) == [3_932_160, 3_932_160, 1_135_680])
            #expect(pieces.allSatisfy { !$0.hadAuthorization })
        }
    }

    @Test func `a piece whose answer was lost does not double the file`() async throws {
        try await GraphBench.run { bench in
            let mail = try bench.mail(files: [4_000_000])
            await bench.graph.add(FaultRule(.cutAfter, method: "PUT", times: 1))
            _ = try await bench.client.send(mail, deadline: bench.deadline)
            let copies = await bench.sent()
            #expect(copies[0]["attachments"]?.array?.count == 1)
            #expect(copies[0]["attachments"]?[0]?["sha256"]?.string == mail.attachments[0].sha256)
        }
    }

    @Test func `a final answer lost after the last piece is found, not repeated`() async throws {
        try await GraphBench.run { bench in
            let mail = try bench.mail(files: [3_200_000])
            await bench.graph.add(FaultRule(.cutAfter, method: "PUT"))
            _ = try await bench.client.send(mail, deadline: bench.deadline)
            #expect(await bench.graph.requests.count { $0.method == "PUT" } == 1)
        }
    }

    @Test func `ten mails at once keep to four requests a mailbox`() async throws {
        try await GraphBench.run { bench in
            await bench.graph.add(FaultRule(.delay, delay: 2, times: 1000))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<10 {
                    group.addTask {
                        _ = try await bench.client.send(try bench.mail(key: "k\(number)"), deadline: bench.deadline)
                    }
                }
                try await group.waitForAll()
            }
            #expect(await bench.sent().count == 10)
            #expect(await bench.graph.peakConcurrency == 4)
            #expect(await bench.graph.requests.allSatisfy { $0.status != 429 })
            #expect(await bench.graph.tokensIssued == 1)
        }
    }

    @Test func `a mailbox that is not there is named`() async throws {
        try await GraphBench.run { bench in
            var mail = try bench.mail()
            mail.mailbox = "niemand@kanzlei.example"
            let error = await #expect(throws: MailError.self) {
                try await bench.client.send(mail, deadline: bench.deadline)
            }
            #expect(error?.code == .notFound)
            #expect(error?.message.contains("niemand@kanzlei.example") == true)
        }
    }

    @Test func `a file that changed since it was made is not sent`() async throws {
        try await GraphBench.run { bench in
            var mail = try bench.mail(files: [10])
            mail.attachments[0].sha256 = String(repeating: "0", count: 64)
            await #expect(throws: MailError.self) { try await bench.client.send(mail, deadline: bench.deadline) }
            #expect(await bench.sent().isEmpty)
        }
    }
}
