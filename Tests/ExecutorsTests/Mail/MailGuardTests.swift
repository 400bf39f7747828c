import DomainNames
import FixtureServer
import JSON
import JobModel
import MailModel
import Testing

@testable import Executors

@Suite struct MailGuardTests {
    private struct Curious: MailGuard {
        let verdict: MailVerdict
        let seen: @Sendable (MailFacts) -> Void

        func verdict(on mail: MailFacts) async -> MailVerdict {
            seen(mail)
            return verdict
        }
    }

    @Test func `a mail to an outside domain is stopped before anything is sent, one to an inside domain goes`()
        async throws
    {
        try await MailJob.run(guards: [MailRules(domains: [try DomainPattern("kunde.example")])]) { job in
            let failure = await job.failure(["bcc": "x@elsewhere.example"])
            #expect(failure?.reason == .policyDenied)
            #expect(failure?.message.contains("x@elsewhere.example") == true)
            #expect(failure?.message.contains("approval") == true)
            #expect(failure?.mayHaveActed == false)
            #expect(await job.fixtures.graph.requests.isEmpty)
            _ = try await job.send()
            #expect(await job.sent().count == 1)
        }
    }

    @Test func `a guard sees receivers, words and names of files, and its refusal is the step's`() async throws {
        let (facts, continuation) = AsyncStream.makeStream(of: MailFacts.self)
        let mailGuard = Curious(verdict: .deny("No IBAN by mail.")) { continuation.yield($0) }
        try await MailJob.run(guards: [MailRules(), mailGuard]) { job in
            _ = try await job.workspace.store([1, 2, 3], name: "IBAN.pdf", contentType: "application/pdf")
            let failure = await job.failure([
                "text": .null, "html": "<p>Guten <b>Tag</b></p>", "cc": "c@kunde.example", "attachments": "IBAN.pdf",
            ])
            #expect(failure?.message == "No IBAN by mail.")
            let seen = await facts.first { _ in true }
            #expect(seen?.receivers == [MailJob.receiver, "c@kunde.example"])
            #expect(seen?.body == "Guten Tag")
            #expect(seen?.attachmentNames == ["IBAN.pdf"])
            #expect(seen?.job == "job")
            #expect(await job.sent().isEmpty)
        }
    }

    @Test func `a guard sees what a mail that is passed on holds, and its refusal leaves nothing behind`() async throws
    {
        let (facts, continuation) = AsyncStream.makeStream(of: MailFacts.self)
        let mailGuard = Curious(verdict: .allow) { continuation.yield($0) }
        let files = [5, 6, 7, 8].map(UInt8.init)
        try await MailJob.run(guards: [MailRules(mostBytes: 100_000), mailGuard]) { job in
            _ = try await job.workspace.store(files, name: "IBAN.pdf", contentType: "application/pdf")
            _ = try await job.send(["subject": "Geheim", "text": "Konto DE89", "attachments": "IBAN.pdf"])
            let box: JSONObject = ["mailbox": .string(MailJob.receiver)]
            let found = try await job.session.execute(job.step(.searchMail, id: "find", box))
            let fields = box.merging([
                "message_id": try #require(found.outputs["messages"]?[0]?["message_id"]),
                "to": "Chef <chef@kunde.example>", "text": "Bitte",
            ])
            _ = try await job.session.execute(job.step(.forwardMail, id: "forward", fields))
            continuation.finish()
            let seen = await facts.reduce(into: []) { $0.append($1) }.last
            #expect(seen?.subject.contains("Geheim") == true)
            #expect(seen?.body.contains("Konto DE89") == true && seen?.body.contains("Bitte") == true)
            #expect(seen?.attachmentNames == ["IBAN.pdf"])
            #expect(seen?.receivers == ["chef@kunde.example"])
            #expect(seen?.names.contains("Chef") == true)
            #expect((seen?.bytes ?? 0) > files.count)
        }
    }

    @Test func `the files of a mail that is passed on count`() async throws {
        try await MailJob.run(guards: [MailRules(mostBytes: 5_000)]) { job in
            _ = try await job.workspace.store([UInt8](repeating: 7, count: 4_500), name: "a.bin", contentType: "a/b")
            _ = try await job.send(["attachments": "a.bin"])
            let box: JSONObject = ["mailbox": .string(MailJob.receiver)]
            let found = try await job.session.execute(job.step(.searchMail, id: "find", box))
            _ = try await job.workspace.store([UInt8](repeating: 8, count: 900), name: "b.bin", contentType: "a/b")
            let fields = box.merging([
                "message_id": try #require(found.outputs["messages"]?[0]?["message_id"]),
                "to": .string(MailJob.receiver), "attachments": "b.bin",
            ])
            let failure = await #expect(throws: StepFailure.self) {
                try await job.session.execute(job.step(.forwardMail, id: "forward", fields))
            }
            #expect(failure?.reason == .policyDenied)
            #expect(failure?.message.contains("mail_max_bytes") == true)
            #expect(await job.fixtures.graph.messages(of: MailJob.receiver, in: "drafts").isEmpty)
        }
    }

    @Test func `inline images and headers reach the mail`() async throws {
        try await MailJob.run { job in
            _ = try await job.workspace.store([1, 2, 3], name: "logo.png", contentType: "image/png")
            let outcome = try await job.send([
                "text": .null, "html": "<img src=\"cid:logo\">", "inline": ["logo": "logo.png"],
                "headers": ["X-Akte": "2026/17"],
            ])
            #expect(outcome.outputs["bytes"] == 3)
            let copy = try #require(await job.sent().first)
            #expect(copy["headers"]?["X-Akte"] == "2026/17")
            #expect(copy["attachments"]?[0]?["name"] == "logo.png")
        }
    }

    @Test(
        arguments: [
            (["inline": ["logo": "logo.png"]], "does not show it"),
            (["text": .null, "html": "<img src='cid:other'>"], "names no artifact"),
            (["headers": ["Reply-To": "x@y.example"]], "begin with x-"),
            (["headers": ["X-A": "1\r\nBcc: x@y.example"]], "one line of printable ASCII"),
            (["headers": ["X-A\r\nBcc": "1"]], "begin with x-"), (["headers": ["x-executor-send-key": "1"]], "mark"),
            (["headers": ["x-a": "1", "x-b": "1", "x-c": "1", "x-d": "1", "x-e": "1"]], "takes 4"),
            (["subject": "a\u{2028}b"], "line break (U+2028) in its 'subject', which is one line: a�b"),
            (["subject": "a\u{2029}b"], "line break (U+2029)"), (["subject": "a\u{85}b"], "line break (U+0085)"),
            (["subject": .string(String(repeating: "👩🏽‍🚀", count: 40))], "'subject' of 280 characters (UTF-16); 255"),
            (["subject": "a\u{0}b"], "control character"),
            (["to": "a@b.de\u{0}"], "control character"), (["to": "a@b.de>,<c@d.de"], "'to'"),
            (["reply_to": "x@y.example\nBcc: z@y.example"], "reply_to"),
        ] as [(JSONObject, String)]
    )
    func `what would break out of its place is refused, named, and nothing is sent`(
        changes: JSONObject,
        words: String
    ) async throws {
        try await MailJob.run { job in
            let failure = await job.failure(changes)
            #expect(failure?.reason == .invalidInput)
            #expect(failure?.message.contains(words) == true, "\(failure?.message ?? "")")
            #expect(await job.fixtures.graph.requests.isEmpty)
        }
    }

    @Test(arguments: [
        ("*.pdf", "Rechnung.PDF", true), ("*.pdf", "pdf", false), ("a*b*c", "axxbyyc", true), ("a*b*c", "axxc", false),
        ("*", "", true), ("name.txt", "Name.TXT", true), ("*rechnung*", "Die Rechnung 7.pdf", true),
        ("a*a", "a", false),
    ])
    func `names of files by pattern`(pattern: String, name: String, matches: Bool) {
        #expect(NamePattern(pattern).matches(name) == matches)
    }

    @Test func `images that HTML shows are found where they are shown`() {
        #expect(
            ContentID.shown(in: "<img src=\"cid:a\"> cid:no <p style='x:url(cid:b)'> <img src=cid:c>") == [
                "a", "b", "c",
            ]
        )
    }
}
