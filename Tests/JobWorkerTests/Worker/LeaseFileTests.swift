import Executors
import JSON
import JobModel
import Synchronization
import Telemetry
import TestSupport
import Testing

@testable import JobWorker

/// Files and secrets of a job: with the scheduler before their step is, and nowhere else.
@Suite(.timeLimit(.minutes(1))) struct LeaseFileTests {
    @Test func `a written file the scheduler has no room for fails its step, which is not in doubt`() async throws {
        let tasks: JSONValue = [["id": "write", "action": "write_file", "path": "a.txt", "text": "x"]]
        try await withBench(tasks) { bench in
            bench.scheduler.fill()
            await bench.run()
            let end = try #require(bench.scheduler.taken.last)
            #expect(end.type == .failure && end.payload["reason"] == "storage_full", "\(bench.scheduler.history)")
            let report = bench.scheduler.taken.last { $0.payload["status"] == "failed" }
            #expect(report?.payload["in_doubt"] == false)
        }
    }

    /// A task with a file that does not fit, and how its job ends.
    static let unkept: [(JSONValue, LAMMessage.MessageType, String?)] = [
        (["id": "t", "action": "screenshot", "once": true], .failure, "storage_full"),
        (["id": "t", "action": "screenshot"], .failure, "storage_full"),
        // The page gave it out once: nobody but a human knows whether it does again.
        (["id": "t", "action": "download", "url": "http://x/", "once": true], .failure, "step_in_doubt"),
        (["id": "t", "action": "download", "url": "http://x/"], .failure, "storage_full"),
        (["id": "t", "action": "send_mail", "to": "a@b.c", "subject": "s", "text": "t"], .done, nil),
    ]

    @Test(arguments: unkept)
    func `a file the scheduler has no room for fails a step that was for the file, and no other`(
        task: JSONValue,
        type: LAMMessage.MessageType,
        reason: String?
    ) async throws {
        let executor = FakeExecutor { _, context in
            let workspace = context.workspace
            let artifact = try await workspace.store([1, 2], name: "a.bin", contentType: "application/octet-stream")
            return StepOutcome(artifacts: [artifact])
        } verify: { _ in
            .unknown("nobody can tell")
        }
        try await withBench([task], executor: executor) { bench in
            bench.scheduler.fill()
            await bench.run()
            let end = try #require(bench.scheduler.taken.last)
            #expect(end.type == type && end.payload["reason"]?.string == reason, "\(bench.scheduler.history)")
            #expect(bench.executor.executed.count == 1)
        }
    }

    // What happened before the cancel stays done, without its file.
    @Test(arguments: [("screenshot", "failed", "failure"), ("send_mail", "done", "done")])
    func `a cancel does not wait for a file that is long under way`(
        action: String,
        status: String,
        end: String
    ) async throws {
        let clock = ManualClock()
        let executor = FakeExecutor { _, context in
            let workspace = context.workspace
            let artifact = try await workspace.store([1, 2], name: "a.bin", contentType: "application/octet-stream")
            return StepOutcome(artifacts: [artifact])
        }
        var task: JSONObject = ["id": "t", "action": .string(action)]
        if action == "send_mail" { task = task.merging(["to": "a@b.c", "subject": "s", "text": "t"]) }
        try await withBench([.object(task)], clock: clock.clock, executor: executor) { bench in
            bench.scheduler.getStuck()
            let control = RunControl()
            async let run: Void = bench.run(control: control)
            await bench.scheduler.uploading.wait()
            control.stop(.cancelled)
            await clock.advance(by: .milliseconds(1_900))
            await run
            #expect(bench.scheduler.history.suffix(2) == ["step:t:\(status)", end])
            #expect(bench.scheduler.taken.last?.payload["reason"] == (end == "done" ? nil : "cancelled"))
        }
    }

    @Test func `files are with the scheduler before their step is reported, and reach the next worker by hash`()
        async throws
    {
        let scheduler = Mutex<FakeScheduler?>(nil)
        let read = Mutex("")
        let executor = FakeExecutor { step, context in
            if step.key.step == "make" {
                let artifact = try await context.workspace.store(
                    Array("PDF".utf8),
                    name: "a.pdf",
                    contentType: "application/pdf"
                )
                return StepOutcome(artifacts: [artifact])
            }
            let path = try await context.workspace.path(of: "a.pdf")
            read.withLock { $0 = String(decoding: (try? readFile(path)) ?? [], as: UTF8.self) }
            if step.key.step == "stop" { throw StepFailure(reason: .timeout, message: "x", isRetryable: false) }
            return StepOutcome()
        }
        let tasks: JSONValue = [
            ["id": "make", "action": "send_mail", "to": "a@b.c", "subject": "s", "text": "t"],
            ["id": "use", "action": "search_mail", "depends_on": ["make"]],
        ]
        try await withBench(tasks, executor: executor) { bench in
            scheduler.withLock { $0 = bench.scheduler }
            let control = RunControl()
            async let first: Void = bench.run(epoch: 1, control: control)
            _ = await bench.scheduler.message { $0.payload["step_id"] == "make" && $0.payload["status"] == "done" }
            #expect(bench.scheduler.artifacts.map(\.name) == ["a.pdf"])
            control.stop(.lost)
            await first
            read.withLock { $0 = "" }
            if bench.scheduler.taken.last?.type != .done {
                await bench.run(epoch: 2)
                #expect(read.withLock { $0 } == "PDF")
            }
            #expect(bench.executor.executed.filter { $0 == "make" }.count == 1)
        }
    }

    @Test func `a secret appears in no message, no log line and no error, in no form`() async throws {
        let secret = "geh&heim ü!"
        let executor = FakeExecutor { step, context in
            context.logger.info("Filled", ["value": step.task.fields["subject"]?.string ?? ""])
            let encoded = "Z2VoJmhlaW0gw7wh"
            throw StepFailure(
                reason: .mailRejected,
                message:
                    "no good: \(step.task.fields["subject"]?.string ?? "") and \(encoded) and geh%26heim%20%C3%BC%21",
                isRetryable: false
            )
        }
        let task: JSONValue = [
            "id": "send", "action": "send_mail", "to": "a@b.c", "subject": "{{ secrets.word }}", "text": "t",
        ]
        try await withBench([task], secrets: ["word": secret], executor: executor) { bench in
            await bench.run()
            let text = bench.scheduler.taken.map { $0.json.text() }.joined() + bench.log.text
            #expect(text.contains("no good"))
            for form in [secret, "Z2VoJmhlaW0gw7wh", "geh%26heim%20%C3%BC%21"] { #expect(!text.contains(form)) }
        }
    }

    @Test func `what a filter makes of a secret appears nowhere either`() async throws {
        let executor = FakeExecutor { step, context in
            let subject = step.task.fields["subject"]?.string ?? ""
            context.logger.info("Filled", ["value": subject])
            throw StepFailure(
                reason: .mailRejected,
                message: "no good: \(subject), \(context.redact(subject))",
                isRetryable: false
            )
        }
        let filters = ##"{{ secrets.word | upper }} {{ secrets.born | date("dd.MM.yyyy") | json }} "##
        let task: JSONValue = [
            "id": "send", "action": "send_mail", "to": "a@b.c", "text": "t",
            "subject": .string(filters + ##"{{ secrets.amount | number("#.##0,00", "de") }}"##),
        ]
        let secrets = ["word": "Geheim 123", "born": "2026-03-01", "amount": "48151623"]
        try await withBench([task], secrets: secrets, executor: executor) { bench in
            await bench.run()
            let text = bench.scheduler.taken.map { $0.json.text() }.joined() + bench.log.text
            #expect(text.contains("no good"))
            for form in ["GEHEIM 123", "01.03.2026", "48.151.623"] { #expect(!text.contains(form)) }
        }
    }

    @Test func `what a filter makes of a secret that a page gave back is known too`() async throws {
        let executor = FakeExecutor { step, _ in
            if step.key.step == "read" { return StepOutcome(outputs: ["message_id": "geheim123"]) }
            throw StepFailure(
                reason: .mailRejected,
                message: "no good: \(step.task.fields["subject"]?.string ?? "")",
                isRetryable: false
            )
        }
        let tasks: JSONValue = [
            [
                "id": "read", "action": "send_mail", "to": "a@b.c", "subject": "{{ secrets.word }}", "text": "t",
            ],
            [
                "id": "send", "action": "send_mail", "to": "a@b.c", "subject": "{{ tasks.read.message_id | upper }}",
                "text": "t", "depends_on": ["read"],
            ],
        ]
        try await withBench(tasks, secrets: ["word": "geheim123"], executor: executor) { bench in
            await bench.run()
            let text = bench.scheduler.taken.map { $0.json.text() }.joined() + bench.log.text
            #expect(text.contains("no good: [secret]"))
            #expect(!text.contains("GEHEIM123"))
        }
    }

    @Test func `a secret that a page gives back as a number is in no outputs`() async throws {
        let executor = FakeExecutor { _, _ in StepOutcome(outputs: ["attachments": [["pin": 48_151_623, "n": 48_151]]])
        }
        let task: JSONValue = [
            "id": "send", "action": "send_mail", "to": "a@b.c", "subject": "{{ secrets.pin }}", "text": "t",
        ]
        let outputs: JSONObject = ["rows": "{{ tasks.send.attachments }}"]
        try await withBench([task], outputs: outputs, secrets: ["pin": "48151623"], executor: executor) { bench in
            await bench.run()
            let step = bench.scheduler.taken.first { $0.payload["status"] == "done" }?.payload
            #expect(step?["outputs"]?["attachments"] == [["pin": "[secret]", "n": 48_151]])
            #expect(step?["redacted"] == true)
            #expect(bench.scheduler.taken.last?.payload["outputs"]?["rows"] == [["pin": "[secret]", "n": 48_151]])
        }
    }

    @Test func `the log is warned of a secret that is too short to be kept out of it`() async throws {
        let task: JSONValue = [
            "action": "send_mail", "to": "a@b.c", "subject": "{{ secrets.pin }} {{ secrets.word }}", "text": "t",
        ]
        try await withBench([task], secrets: ["pin": "ab1", "word": "geheim123"]) { bench in
            await bench.run()
            let warnings = bench.log.lines.filter { $0.level == .warning && $0.message.contains("fewer than 4") }
            #expect(warnings.map { $0.metadata["secret"] } == ["pin"])
        }
    }

    @Test(
        arguments: [
            ["action": "write_file", "path": "{{ secrets.word }}.txt", "text": "x"],
            ["action": "write_file", "path": "a.txt", "text": "it is {{ secrets.word }}"],
            ["action": "write_file", "path": "a.json", "content": ["word": "{{ secrets.word }}"]],
            ["action": "screenshot", "name": "{{ secrets.word }}.png"],
            ["action": "write_file", "path": "a.txt", "text": "it is {{ secrets.word | upper }}"],
            ["action": "write_file", "path": "{{ secrets.word | urlencode }}.txt", "text": "x"],
            ["action": "write_file", "path": "a.txt", "text": "{{ secrets.pin }}"],
            ["action": "write_file", "path": "a.json", "content": ["pin": ["{{ secrets.pin | json }}"]]],
            ["action": "write_file", "path": "a.json", "content": ["n": 48_151_623], "when": "{{ secrets.number }}"],
            ["action": "write_file", "path": "a.txt", "text": "{{ totp.login | json }}"],
            ["action": "read_file", "path": "{{ secrets.pin }}.txt"],
            ["action": "move_file", "path": "{{ secrets.pin }}.txt", "to": "a.txt"],
            [
                "action": "send_mail", "to": "a@b.c", "subject": "s", "text": "t",
                "attachments": ["{{ secrets.word | lower }}.pdf"],
            ],
        ] as [JSONValue]
    )
    func `a secret gets neither into a file nor into its name`(task: JSONValue) async throws {
        let secrets = [
            "word": "geheim123", "pin": "ab1", "number": "48151623", "totp_login": "GEZDGNBVGY3TQOJQ",
        ]
        try await withBench([task], secrets: secrets) { bench in
            await bench.run()
            #expect(bench.executor.executed.isEmpty)
            #expect(bench.scheduler.artifacts.isEmpty)
            #expect(bench.scheduler.taken.last?.payload["reason"] == "policy_denied")
            #expect(bench.scheduler.taken.last?.payload["message"]?.string?.contains("would put a secret") == true)
        }
    }

    @Test func `a missing secret fails the task that needs it and names it`() async throws {
        let task: JSONValue = [
            "id": "send", "action": "send_mail", "to": "a@b.c", "subject": "{{ secrets.word }}", "text": "t",
        ]
        try await withBench([task]) { bench in
            await bench.run()
            #expect(bench.executor.executed.isEmpty)
            #expect(bench.scheduler.taken.last?.payload["message"]?.string?.contains("CPA_SECRET_WORD") == true)
        }
    }
}
