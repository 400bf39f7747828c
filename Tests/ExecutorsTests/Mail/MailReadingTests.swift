import DomainNames
import FixtureServer
import JSON
import JobModel
import MailModel
import Testing

@testable import Executors

/// Reading, waiting and changing over real sockets.
@Suite struct MailReadingTests {
    private static func arrived(_ job: MailJob, _ changes: JSONObject = [:]) async throws -> JSONValue {
        _ = try await job.send(changes)
        let found = try await job.session.execute(
            job.step(.searchMail, id: "find", ["mailbox": .string(MailJob.receiver)])
        )
        return try #require(found.outputs["messages"]?[0]?["message_id"])
    }

    private static func box(_ fields: JSONObject) -> JSONObject {
        (["mailbox": .string(MailJob.receiver)] as JSONObject).merging(fields)
    }

    @Test func `a code and a link are taken out of the mail that was waited for`() async throws {
        try await MailJob.run { job in
            let html =
                "<p>Ihr Code lautet <b>482913</b>.</p><a href=\"https://portal.example/confirm?t=a&amp;u=b\">Bestätigen</a>"
            async let waiting = job.session.execute(
                job.step(
                    .waitForMail,
                    id: "wait",
                    Self.box([
                        "from": "@kanzlei.example", "subject": "anmeldung", "pattern": "lautet ([0-9]{6})",
                        "link": "confirm",
                        "every": "0.5s",
                    ])
                )
            )
            _ = try await job.send(["subject": "Etwas anderes"])
            let key = JournalKey(job: JobID("job"), step: StepID("second"))
            var task = ToDo(id: "second", index: 1, action: .sendMail)
            task.fields = ["to": .string(MailJob.receiver), "subject": "Ihre Anmeldung", "html": .string(html)]
            _ = try await job.session.execute(Step(key: key, task: task, deadline: .now + .seconds(30)))
            let outcome = try await waiting
            #expect(outcome.outputs["code"] == "482913")
            #expect(outcome.outputs["link"] == "https://portal.example/confirm?t=a&u=b")
            #expect(outcome.outputs["subject"] == "Ihre Anmeldung")
        }
    }

    @Test func `a mail on which the pattern takes too long is passed over, and named at the end`() async throws {
        try await MailJob.run { job in
            let costly = String(repeating: "a", count: 100_000) + "!"
            _ = try await job.send(["subject": "Teuer", "text": .string(costly)])
            let fields = Self.box(["pattern": "(a|aa)+$", "max_age": "1h", "every": "0.5s"])
            var step = job.step(.waitForMail, id: "wait", fields)
            step.deadline = .now + .seconds(4)
            let failure = await #expect(throws: StepFailure.self) { try await job.session.execute(step) }
            #expect(failure?.reason == .timeout)
            #expect(failure?.message.contains("The 'pattern' (a|aa)+$ takes too long on \"Teuer\"") == true)
            let key = JournalKey(job: JobID("job"), step: StepID("second"))
            var task = ToDo(id: "second", index: 1, action: .sendMail)
            task.fields = ["to": .string(MailJob.receiver), "subject": "Passt"]
            task.text = "aaa"
            _ = try await job.session.execute(Step(key: key, task: task, deadline: .now + .seconds(30)))
            let found = try await job.session.execute(job.step(.waitForMail, id: "again", fields))
            #expect(found.outputs["subject"] == "Passt")
        }
    }

    @Test(
        arguments: [
            (.waitForMail, "pattern", [:]), (.waitForMail, "subject", [:]), (.waitForMail, "from", ["subject": "x"]),
            (.waitForMail, "folder", ["subject": "x"]), (.readMail, "message_id", [:]), (.replyMail, "message_id", [:]),
            (.markMail, "message_id", [:]), (.moveMail, "folder", ["message_id": "AA"]), (.searchMail, "subject", [:]),
            (.searchMail, "query", [:]), (.downloadAttachments, "message_id", [:]), (.listMailFolders, "below", [:]),
            (.traceMail, "internet_message_id", [:]), (.searchMail, "mailbox", [:]),
        ] as [(Action, String, JSONObject)]
    )
    func `an empty value is refused by its name, and nobody is asked`(
        action: Action,
        member: String,
        others: JSONObject
    ) async throws {
        try await MailJob.run { job in
            for value in ["", " \n"] {
                let fields = Self.box(others).merging([member: .string(value), "text": "x"])
                let failure = await #expect(throws: StepFailure.self) {
                    try await job.session.execute(job.step(action, fields))
                }
                #expect(failure?.reason == .invalidInput)
                #expect(failure?.message.contains("'\(member)'") == true, "\(failure?.message ?? "")")
            }
            #expect(await job.fixtures.graph.requests.isEmpty)
        }
    }

    @Test func `a wait that sees nothing that fits says what came`() async throws {
        try await MailJob.run { job in
            _ = try await job.send(["subject": "Ganz anders"])
            var step = job.step(.waitForMail, id: "wait", Self.box(["subject": "Code", "every": "0.5s"]))
            step.deadline = .now + .seconds(2)
            let failure = await #expect(throws: StepFailure.self) { try await job.session.execute(step) }
            #expect(failure?.reason == .timeout)
            #expect(failure?.message.contains("Ganz anders") == true)
        }
    }

    @Test func `a wait goes on while the service fails, and finds what came meanwhile`() async throws {
        try await MailJob.run { job in
            _ = try await job.send()
            await job.fixtures.graph.expireTokens()
            await job.fixtures.graph.add(FaultRule(.answer, pathSuffix: "/token", status: 503, times: 2))
            let fields = Self.box(["subject": "Rechnung", "every": "0.5s", "max_age": "1h"])
            let outcome = try await job.session.execute(job.step(.waitForMail, id: "wait", fields))
            #expect(outcome.outputs["subject"] == "Rechnung 7")
            #expect(outcome.outputs["waited"]?.double ?? 0 > 0.9)
        }
    }

    @Test func `a mail whose links could not be read is looked at again`() async throws {
        try await MailJob.run { job in
            _ = try await job.send(["text": .null, "html": "<a href=\"https://portal.example/confirm\">Ja</a>"])
            await job.fixtures.graph.add(FaultRule(.answer, method: "GET", pathContains: "/messages/A", times: 4))
            let fields = Self.box(["link": "confirm", "every": "0.5s", "max_age": "1h"])
            let outcome = try await job.session.execute(job.step(.waitForMail, id: "wait", fields))
            #expect(outcome.outputs["link"] == "https://portal.example/confirm")
        }
    }

    @Test func `a wait the service asks to be left alone in ends at its time, and names that`() async throws {
        try await MailJob.run { job in
            _ = try await job.send()
            let fault = FaultRule(.answer, method: "GET", pathSuffix: "/delta", status: 429, retryAfter: 60, times: 99)
            await job.fixtures.graph.add(fault)
            var step = job.step(.waitForMail, id: "wait", Self.box(["subject": "Rechnung", "every": "0.5s"]))
            step.deadline = .now + .seconds(2)
            let began = ContinuousClock.now
            let failure = await #expect(throws: StepFailure.self) { try await job.session.execute(step) }
            #expect(ContinuousClock.now - began > .seconds(1))
            #expect(failure?.reason == .timeout)
            #expect(failure?.message.contains("the service asked to be left alone") == true)
            #expect(await job.fixtures.graph.requests.count { $0.target.contains("/delta") } == 1)
        }
    }

    @Test func `mails are marked, moved and put into the trash, and looked after`() async throws {
        try await MailJob.run { job in
            let id = try await Self.arrived(job)
            let mark = job.step(.markMail, Self.box(["message_id": id]))
            guard case .didNotHappen = try await job.session.verify(mark) else {
                Issue.record("it is unread")
                return
            }
            #expect(try await job.session.execute(mark).outputs["is_read"] == true)
            guard case .happened = try await job.session.verify(mark) else {
                Issue.record("it is read")
                return
            }
            let move = job.step(.moveMail, Self.box(["message_id": id, "folder": "archive"]))
            let moved = try await job.session.execute(move)
            #expect(moved.outputs["message_id"] == id)
            guard case .happened = try await job.session.verify(move) else {
                Issue.record("it was moved")
                return
            }
            let delete = job.step(.deleteMail, Self.box(["message_id": id]))
            await job.fixtures.graph.add(FaultRule(.cutAfter, pathSuffix: "/move"))
            #expect(try await job.session.execute(delete).outputs["folder"] == "trash")
            #expect(await job.fixtures.graph.messages(of: MailJob.receiver, in: "deleteditems").count == 1)
        }
    }

    @Test func `an answer goes to the sender once, with the mail below it`() async throws {
        try await MailJob.run { job in
            let id = try await Self.arrived(job)
            let reply = job.step(.replyMail, id: "reply", Self.box(["message_id": id, "text": "Danke & <Gruß>"]))
            await job.fixtures.graph.add(FaultRule(.cutAfter, pathSuffix: "/send"))
            let outcome = try await job.session.execute(reply)
            #expect(outcome.outputs["proof"] == "in_sent_items")
            #expect(outcome.outputs["to"]?[0]?.string == MailJob.sender)
            #expect(try await job.session.execute(reply).outputs["already_sent"] == true)
            let sent = await job.fixtures.graph.messages(of: MailJob.receiver, in: "sentitems")
            #expect(sent.count == 1)
            #expect(sent.first?["body"]?.string?.contains("Danke &") == true)
        }
    }

    @Test func `an answer to all goes to everybody the mail went to, and to hidden copies`() async throws {
        try await MailJob.run { job in
            let id = try await Self.arrived(job, ["to": [.string(MailJob.receiver), "chef@kunde.example"]])
            let fields = Self.box(["message_id": id, "all": true, "text": "Danke", "bcc": "akte@kunde.example"])
            _ = try await job.session.execute(job.step(.replyMail, id: "reply", fields))
            let sent = await job.fixtures.graph.messages(of: MailJob.receiver, in: "sentitems")
            let people = ["to", "cc"].flatMap { sent.first?[$0]?.array ?? [] }.compactMap(\.string)
            #expect(Set(people) == [MailJob.sender, "chef@kunde.example"])
            #expect(sent.first?["bcc"] == ["akte@kunde.example"])
        }
    }

    @Test func `a mail is passed on with its file, and an answer outside of the rules is stopped`() async throws {
        try await MailJob.run(guards: [MailRules(domains: [try DomainPattern("kunde.example")])]) { job in
            _ = try await job.workspace.store([7, 7], name: "a.pdf", contentType: "application/pdf")
            let id = try await Self.arrived(job, ["attachments": "a.pdf"])
            let forward = job.step(
                .forwardMail,
                id: "forward",
                Self.box(["message_id": id, "to": .string(MailJob.receiver), "text": "Zur Kenntnis"])
            )
            _ = try await job.session.execute(forward)
            let sent = await job.fixtures.graph.messages(of: MailJob.receiver, in: "sentitems")
            #expect(sent.first?["attachments"]?[0]?["name"] == "a.pdf")
            let reply = job.step(.replyMail, id: "reply", Self.box(["message_id": id, "text": "Danke"]))
            let failure = await #expect(throws: StepFailure.self) { try await job.session.execute(reply) }
            #expect(failure?.reason == .policyDenied)
            #expect(await job.fixtures.graph.messages(of: MailJob.receiver, in: "drafts").isEmpty)
        }
    }

    @Test func `attachments are kept by name, within their limit`() async throws {
        try await MailJob.run { job in
            _ = try await job.workspace.store([7, 7], name: "a.pdf", contentType: "application/pdf")
            _ = try await job.workspace.store([8, 8, 8], name: "b.txt", contentType: "text/plain")
            let id = try await Self.arrived(job, ["attachments": ["a.pdf", "b.txt"]])
            let some = try await job.session.execute(
                job.step(.downloadAttachments, Self.box(["message_id": id, "names": "*.PDF"]))
            )
            #expect(some.outputs["count"] == 1)
            #expect(some.artifacts.map(\.bytes) == [2])
            for (fields, words) in [
                (["message_id": id, "names": "c*"] as JSONObject, "a.pdf, b.txt"),
                (["message_id": id, "max_bytes": 2], "max_bytes"),
            ] {
                let failure = await #expect(throws: StepFailure.self) {
                    try await job.session.execute(job.step(.downloadAttachments, Self.box(fields)))
                }
                #expect(failure?.message.contains(words) == true, "\(failure?.message ?? "")")
            }
        }
    }

    @Test func `mails before a time are found, those from it on are not`() async throws {
        try await MailJob.run { job in
            _ = try await Self.arrived(job)
            for (until, count) in [("2020-01-01T00:00:00Z", 0), ("2999-01-01T00:00:00Z", 1)] {
                let fields = Self.box(["until": .string(until)])
                let found = try await job.session.execute(job.step(.searchMail, id: "find", fields))
                #expect(found.outputs["count"] == .init(count))
            }
        }
    }

    @Test func `an id of the list of folders names its folder everywhere`() async throws {
        try await MailJob.run { job in
            _ = try await Self.arrived(job)
            let listed = try await job.session.execute(job.step(.listMailFolders, Self.box([:])))
            let inbox = listed.outputs["folders"]?.array?.first { $0["name"] == "Posteingang" }
            let id = try #require(inbox?["id"])
            let found = try await job.session.execute(job.step(.searchMail, Self.box(["folder": id])))
            #expect(found.outputs["count"] == 1)
            let below = try await job.session.execute(job.step(.listMailFolders, Self.box(["below": id])))
            #expect(below.outputs["count"] == 0)
            let fields = Self.box(["folder": id, "subject": "Rechnung", "max_age": "1h"])
            let waited = try await job.session.execute(job.step(.waitForMail, id: "wait", fields))
            let message = try #require(waited.outputs["message_id"])
            let archive = listed.outputs["folders"]?.array?.first { $0["name"] == "Archiv" }
            let move = job.step(.moveMail, Self.box(["message_id": message, "folder": try #require(archive?["id"])]))
            _ = try await job.session.execute(move)
            guard case .happened = try await job.session.verify(move) else {
                Issue.record("it was moved")
                return
            }
        }
    }

    @Test func `folders are listed by the names people see, and one that is not there is named with those that are`()
        async throws
    {
        try await MailJob.run { job in
            let listed = try await job.session.execute(job.step(.listMailFolders, Self.box([:])))
            #expect(listed.outputs["folders"]?.array?.contains { $0["name"] == "Posteingang" } == true)
            let found = try await job.session.execute(job.step(.searchMail, Self.box(["folder": "archiv"])))
            #expect(found.outputs["complete"] == true)
            let failure = await #expect(throws: StepFailure.self) {
                try await job.session.execute(job.step(.searchMail, Self.box(["folder": "Nirgends"])))
            }
            #expect(failure?.message.contains("'Archiv'") == true)
        }
    }
}
