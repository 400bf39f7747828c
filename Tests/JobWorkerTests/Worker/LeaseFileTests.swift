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

    @Test(
        arguments: [
            ["action": "write_file", "path": "{{ secrets.word }}.txt", "text": "x"],
            ["action": "write_file", "path": "a.txt", "text": "it is {{ secrets.word }}"],
            ["action": "write_file", "path": "a.json", "content": ["word": "{{ secrets.word }}"]],
            ["action": "screenshot", "name": "{{ secrets.word }}.png"],
        ] as [JSONValue]
    )
    func `a secret gets neither into a file nor into its name`(task: JSONValue) async throws {
        try await withBench([task], secrets: ["word": "geheim123"]) { bench in
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
