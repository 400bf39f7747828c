import Executors
import JSON
import JobModel
import Testing

@testable import JobWorker

/// What of an earlier attempt is used again.
@Suite struct ResumeTests {
    private static let done = row(["value": 1])

    /// Log in, open, submit (once), download; then a mail.
    private static func portal(resumeAt url: String? = nil) -> [JobPlan.Entry] {
        [
            entry("login", .page, page: "main", action: .goto),
            entry("submit", .page, after: [0], page: "main", action: .click) { $0.once = true },
            entry("table", .read, after: [1], page: "main", action: .extract) {
                if let url { $0.fields["resume_at"] = .string(url) }
            },
            entry("send", .effect, after: [2], action: .sendMail),
        ]
    }

    @Test func `page and read steps are repeated from the start of their session`() {
        let entries = [
            entry("login", .page, page: "main"), entry("table", .read, after: [0], page: "main"),
            entry("click", .page, after: [1], page: "main"),
        ]
        let run = RunHarness(entries, journal: [.init("login"): Self.done, .init("table"): Self.done])
        #expect(run.atWork == ["login"])
    }

    @Test func `when no page step is left to do, nobody needs the session`() {
        let journal = ["login", "submit", "table"].reduce(into: [:]) {
            $0[JobPlan.JournalPlace(StepID($1))] = Self.done
        }
        let run = RunHarness(Self.portal(), journal: journal)
        #expect(run.atWork == ["send"])
    }

    @Test func `a done once step whose page session is lost needs a human`() {
        let run = RunHarness(Self.portal(), journal: [.init("login"): Self.done, .init("submit"): Self.done])
        #expect(run.started.isEmpty)
        #expect(run.result?.failure?.reason == .pageSessionLost)
        #expect(run.result?.failure?.step == "submit")
        #expect(run.result?.failure?.message.contains("resume_at") == true)
    }

    @Test func `a later task with resume_at lets the page go on there`() {
        var run = RunHarness(
            Self.portal(resumeAt: "https://portal/receipt"),
            journal: [.init("login"): Self.done, .init("submit"): Self.done]
        )
        #expect(run.atWork == ["table"])
        #expect(run.started.last?.resumeAt == "https://portal/receipt")
        run.done("table")
        run.done("send")
        #expect(run.result?.outputs == [:])
    }

    @Test func `a resume_at that comes too late does not help`() {
        var entries = Self.portal()
        entries.insert(entry("between", .page, after: [1], page: "main"), at: 2)
        entries[3].task.fields["resume_at"] = "https://portal/receipt"
        let run = RunHarness(entries, journal: [.init("login"): Self.done, .init("submit"): Self.done])
        #expect(run.result?.failure?.reason == .pageSessionLost)
    }

    @Test func `a once step with an intent alone is looked up after its session was repeated`() {
        var run = RunHarness(Self.portal(), journal: [.init("login"): Self.done, .init("submit"): row(nil)])
        #expect(run.atWork == ["login"])
        run.done("login")
        #expect(run.modes("submit") == [.verify])
    }

    @Test func `what an effect that has begun was decided by is used as it was`() {
        let entries = [
            entry("mails", .read, action: .searchMail),
            entry("answer", .effect, after: [0], action: .sendMail) { $0.forEach = "$mails.messages" },
            entry("other", .read, action: .searchMail),
        ]
        let run = RunHarness(
            entries,
            journal: [
                .init("mails"): row(["messages": ["a", "b"]]), .init("answer"): row([:]),
                .init("other"): row(["messages": []]),
            ]
        )
        #expect(run.atWork == ["answer#1", "other"])
    }

    @Test func `outputs that lost a secret on their way are not used again`() {
        var redacted = row(["messages": []])
        redacted.isRedacted = true
        let entries = [
            entry("mails", .read, action: .searchMail), entry("answer", .effect, after: [0], action: .sendMail),
        ]
        let run = RunHarness(entries, journal: [.init("mails"): redacted, .init("answer"): row(nil)])
        #expect(run.atWork == ["mails"])
    }

    @Test func `pages that are complete stay so when another page must start again`() {
        let entries = [
            entry("submit", .page, page: "one") { $0.once = true }, entry("shot", .page, after: [0], page: "one"),
            entry("look", .page, page: "two"),
        ]
        let run = RunHarness(entries, journal: [.init("submit"): Self.done, .init("shot"): Self.done])
        #expect(run.atWork == ["look"])
    }
}
