import FixtureServer
import JSON
import JobModel
import Testing

@testable import Executors

@Suite struct MailExecutorTests {
    @Test func `a mail with an artifact goes out and says what it touched and what proves it`() async throws {
        try await MailJob.run { job in
            let bytes = [UInt8](repeating: 7, count: 48_100)
            let artifact = try await job.workspace.store(
                bytes,
                name: "Rechnung für X.pdf",
                contentType: "application/pdf"
            )
            let outcome = try await job.send([
                "cc": ["Chef <chef@kunde.example>"], "importance": "high", "attachments": "Rechnung für X.pdf",
                "reply_to": "antwort@kanzlei.example",
            ])
            #expect(outcome.touched == "mail to anna@kunde.example and 1 more \"Rechnung 7\" (1 attachment, 48 kB)")
            #expect(outcome.outputs["proof"] == "in_sent_items")
            #expect(outcome.outputs["attachments"]?[0]?["sha256"]?.string == artifact.sha256)
            let copy = try #require(await job.sent().first)
            #expect(copy["message_id"] == outcome.outputs["internet_message_id"])
            #expect(copy["attachments"]?[0]?["sha256"]?.string == artifact.sha256)
            #expect(copy["cc"] == ["chef@kunde.example"])
            #expect(copy["reply_to"] == ["antwort@kanzlei.example"])
            #expect(copy["importance"] == "high")
            #expect(copy["body"] == "Guten Tag")
        }
    }

    @Test func `sending is an effect, looking is not`() {
        let executor = MailExecutor(provider: nil)
        for (action, effect) in [(Action.sendMail, EffectClass.effect), (.readMail, .read), (.searchMail, .read)] {
            #expect(executor.effectClass(of: ToDo(id: "t0", index: 0, action: action)) == effect)
        }
    }

    @Test func `an HTML mail keeps its markup`() async throws {
        try await MailJob.run { job in
            _ = try await job.send(["text": .null, "html": "<p>Grüße</p>"])
            let copy = try #require(await job.sent().first)
            #expect(copy["body_type"] == "html")
            #expect(copy["body"] == "<p>Grüße</p>")
        }
    }

    @Test(
        arguments: [
            ["to": "anna@kunde.example\r\nBcc: x@y.example"], ["to": ["a@b.example, c@d.example"]], ["to": []],
            ["subject": "a\r\nBcc: x@y.example"], ["importance": "urgent"], ["mode": "smtp"], ["cc": ["@"]],
            ["to": ""], ["cc": ["a@b.example", " "]],
            ["mailbox": "../users/other"], ["html": "<p>both</p>"],
        ] as [JSONObject]
    )
    func `what would not be a clean mail is refused before anything is sent`(changes: JSONObject) async throws {
        try await MailJob.run { job in
            let failure = await job.failure(changes)
            #expect(failure?.reason == .invalidInput)
            #expect(failure?.isRetryable == false)
            #expect(failure?.mayHaveActed == false)
            #expect(await job.fixtures.graph.requests.isEmpty)
        }
    }

    @Test func `an attachment that is not there is named with what there is`() async throws {
        try await MailJob.run { job in
            _ = try await job.workspace.store([1], name: "a.pdf", contentType: "application/pdf")
            let failure = await job.failure(["attachments": ["b.pdf"]])
            #expect(failure?.reason == .artifactMissing)
            #expect(failure?.message.contains("a.pdf") == true)
        }
    }

    @Test func `a wrong secret fails with its remedy and without the secret`() async throws {
        try await MailJob.run(secret: "wrong-one") { job in
            let failure = await job.failure([:])
            #expect(failure?.reason == .mailAuthentication)
            #expect(failure?.isRetryable == false)
            #expect(failure?.message.contains("AADSTS7000215") == true)
            #expect(failure?.message.contains("wrong-one") == false)
        }
    }

    @Test func `without settings the failure names them`() async throws {
        try await MailJob.run { job in
            let context = JobContext(job: JobID("job"), tenant: .default, workspace: job.workspace)
            let session = MailExecutor(provider: nil).openSession(for: context)
            let failure = await #expect(throws: StepFailure.self) {
                try await session.execute(job.step(.sendMail, MailJob.plain))
            }
            #expect(failure?.message.contains("CPA_GRAPH_CLIENT_SECRET") == true)
        }
    }

    @Test func `a mail sent by an interrupted run is found, and not sent again`() async throws {
        try await MailJob.run { job in
            await job.fixtures.graph.add(FaultRule(.cutAfter, pathSuffix: "/send"))
            _ = try await job.send(["verify_sent": false])
            guard case .happened(let outcome) = try await job.session.verify(job.step(.sendMail, MailJob.plain)) else {
                Issue.record("The mail was not found")
                return
            }
            let sent = await job.sent()
            #expect(outcome.outputs["internet_message_id"] == sent.first?["message_id"])
            #expect(try await job.send().outputs["already_sent"] == true)
            #expect(await job.sent().count == 1)
        }
    }

    @Test func `a fresh run sends its own mail, and its retries find that one`() async throws {
        try await MailJob.run { job in
            _ = try await job.send()
            let context = JobContext(job: JobID("job"), tenant: .default, run: 1, workspace: job.workspace)
            let fresh = job.executor.openSession(for: context)
            let step = job.step(.sendMail, MailJob.plain)
            #expect(try await fresh.execute(step).outputs["already_sent"] == false)
            #expect(await job.sent().count == 2)
            guard case .happened = try await fresh.verify(step) else {
                Issue.record("The mail of the fresh run was not found")
                return
            }
            #expect(try await fresh.execute(step).outputs["already_sent"] == true)
            #expect(try await job.send().outputs["already_sent"] == true)
            #expect(await job.sent().count == 2)
            await fresh.close()
        }
    }

    @Test func `the key of a first run is what it was before runs were counted`() {
        let key = JournalKey(job: JobID("j1"), step: StepID("mail"), iteration: 2)
        #expect(MailOrder.key(of: key, run: 0) == "j1/mail/2")
        #expect(MailOrder.key(of: key, run: 3) == "j1/mail/2.3")
        let long = JournalKey(job: JobID("j1"), step: StepID(String(repeating: "a", count: 200)))
        #expect(MailOrder.key(of: long, run: 1) != MailOrder.key(of: long, run: 2))
    }

    @Test func `a mail whose draft is still one did not happen`() async throws {
        try await MailJob.run(draftWindow: .seconds(1)) { job in
            var step = job.step(.sendMail, MailJob.plain)
            step.willAct = { throw CancellationError() }
            let interrupted = step
            await #expect(throws: (any Error).self) { _ = try await job.session.execute(interrupted) }
            guard case .didNotHappen = try await job.session.verify(job.step(.sendMail, MailJob.plain)) else {
                Issue.record("It counts as sent or unknown")
                return
            }
        }
    }

    @Test func `a mail of which there is neither draft nor copy is for a human`() async throws {
        try await MailJob.run(draftWindow: .seconds(1)) { job in
            guard case .unknown = try await job.session.verify(job.step(.sendMail, MailJob.plain)) else {
                Issue.record("It counts as sent or not sent")
                return
            }
        }
    }

    @Test func `mail is found by sender and subject, and read with its files`() async throws {
        try await MailJob.run { job in
            _ = try await job.workspace.store([9, 9], name: "a.pdf", contentType: "application/pdf")
            _ = try await job.send(["attachments": ["a.pdf"]])
            let found = try await job.session.execute(
                job.step(
                    .searchMail,
                    ["mailbox": .string(MailJob.receiver), "from": .string(MailJob.sender), "subject": "rechnung"]
                )
            )
            #expect(found.outputs["count"] == 1)
            let id = try #require(found.outputs["messages"]?[0]?["message_id"])
            let read = try await job.session.execute(
                job.step(.readMail, ["mailbox": .string(MailJob.receiver), "message_id": id, "attachments": true])
            )
            #expect(read.outputs["text"] == "Guten Tag")
            #expect(read.artifacts.map(\.bytes) == [2])
            #expect(read.artifacts.map(\.name) == ["a-2.pdf"])
        }
    }
}
