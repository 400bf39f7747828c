import Executors
import JSON
import JobModel
import Synchronization
import Telemetry
import TestSupport
import Testing

@testable import JobWorker

private let mail: JSONValue = ["id": "send", "action": "send_mail", "to": "a@b.c", "subject": "s", "text": "t"]

@Suite(.timeLimit(.minutes(1))) struct LeaseHandlerTests {
    @Test func `a job is agreed to, run, reported and finished`() async throws {
        let executor = FakeExecutor { step, _ in StepOutcome(outputs: ["message_id": "m1"], touched: "a@b.c") }
        try await withBench([mail], outputs: ["id": "{{ tasks.send.message_id }}"], executor: executor) { bench in
            await bench.run()
            #expect(
                bench.scheduler.history == [
                    "agree", "step:send:running", "intent:send", "step:send:done", "done",
                ]
            )
            let done = bench.scheduler.taken.last
            #expect(done?.payload["outputs"] == ["id": "m1"])
            #expect(done?.epoch == Epoch(1))
            #expect(bench.scheduler.taken.allSatisfy { $0.payload["worker"] == "w1" && $0.payload["job_id"] == "j1" })
            #expect(bench.index.finished.count == 1)
        }
    }

    @Test func `the intent is acknowledged before the effect acts`() async throws {
        let scheduler = Mutex<FakeScheduler?>(nil)
        let executor = FakeExecutor { _, _ in
            let history = scheduler.withLock { $0?.history }
            #expect(history?.last == "intent:send")
            return StepOutcome()
        }
        try await withBench([mail], executor: executor) { bench in
            scheduler.withLock { $0 = bench.scheduler }
            await bench.run()
            #expect(bench.executor.executed == ["send"])
        }
    }

    @Test func `a refused intent keeps the effect from acting`() async throws {
        let refusal = SchedulerRefusal(status: 409, reason: .invalidInput, message: "done already")
        try await withBench(
            [mail],
            fault: { $0.payload["kind"] == "intent" ? .refused(refusal) : .none }
        ) { bench in
            await bench.run()
            #expect(bench.executor.executed.isEmpty)
            #expect(bench.scheduler.taken.last?.payload["reason"] == "invalid_input")
            let failed = bench.scheduler.taken.last { $0.payload["status"] == "failed" }
            #expect(failed?.payload["in_doubt"] == false)
        }
    }

    @Test func `an effect that comes late is journalled as being prepared, and again before it comes`() async throws {
        let executor = FakeExecutor(announcesEffects: true) { step, _ in
            try await step.willAct()
            return StepOutcome()
        }
        try await withBench([mail], executor: executor) { bench in
            await bench.run()
            let intents = bench.scheduler.taken.filter { $0.payload["kind"] == "intent" }
            #expect(intents.map { $0.payload["phase"] } == ["preparing", nil])
            #expect(bench.scheduler.history.suffix(3) == ["intent:send", "step:send:done", "done"])
        }
    }

    @Test(arguments: [false, true])
    func `an effect that comes late is in doubt from then on, and not before`(hasActed: Bool) async throws {
        let executor = FakeExecutor(announcesEffects: true) { step, _ in
            if hasActed { try await step.willAct() }
            throw StepFailure(reason: .timeout, message: "late", isRetryable: false)
        }
        try await withBench([mail], executor: executor) { bench in
            await bench.run()
            #expect(bench.executor.verified == (hasActed ? ["send"] : []))
            let failed = bench.scheduler.taken.last { $0.payload["status"] == "failed" }
            #expect(failed?.payload["in_doubt"] == false)
        }
    }

    @Test(arguments: [false, true])
    func `after a crash what was being prepared is done anew, what may have come is looked up`(
        hasActed: Bool
    ) async throws {
        let began = Signal()
        let runs = Mutex(0)
        let executor = FakeExecutor(announcesEffects: true) { step, _ in
            let isFirst = runs.withLock { runs in
                runs += 1
                return runs == 1
            }
            if !isFirst || hasActed { try await step.willAct() }
            if isFirst {
                await began.give()
                try await forever()
            }
            return StepOutcome()
        }
        try await withBench([mail], executor: executor) { bench in
            let control = RunControl()
            let first = Task { await bench.run(control: control) }
            await began.wait()
            control.stop(.lost)
            await first.value
            await bench.run(epoch: 2)
            #expect(bench.executor.verified == (hasActed ? ["send"] : []))
            #expect(bench.executor.executed == ["send", "send"])
            #expect(bench.scheduler.history.last == "done")
        }
    }

    @Test func `a step that has ended does not come to its effect any more`() throws {
        let gate = EffectGate()
        #expect(!gate.end())
        #expect(throws: CancellationError.self) { try gate.pass() }
        let passed = EffectGate()
        try passed.pass()
        #expect(passed.end())
        #expect(throws: CancellationError.self) { try passed.pass() }
    }

    @Test func `a refused agree leaves the job alone`() async throws {
        let refusal = SchedulerRefusal(status: 409, reason: .staleEpoch, message: "stale")
        try await withBench([mail], fault: { _ in .refused(refusal) }) { bench in
            await bench.run()
            #expect(bench.executor.executed.isEmpty)
            #expect(bench.index.finished.isEmpty)
        }
    }

    @Test func `a stale epoch on any later message stops the job, and nothing more is written`() async throws {
        let refusal = SchedulerRefusal(status: 409, reason: .staleEpoch, message: "stale")
        let began = Signal()
        let executor = FakeExecutor { _, _ in
            await began.give()
            try await forever()
            return StepOutcome()
        }
        try await withBench(
            [["id": "open", "action": "goto", "url": "http://x/"]],
            fault: { $0.payload["status"] == "running" ? .refused(refusal) : .none },
            executor: executor
        ) { bench in
            await bench.run()
            #expect(bench.scheduler.history == ["agree"])
            #expect(bench.index.finished.isEmpty)
        }
    }

    @Test func `a message whose answer was lost is sent again under its id`() async throws {
        let clock = ManualClock()
        let seen = Mutex<[String: Int]>([:])
        try await withBench(
            [mail],
            clock: clock.clock,
            fault: { message in
                let count = seen.withLock { seen in
                    seen[message.id.rawValue, default: 0] += 1
                    return seen[message.id.rawValue] ?? 0
                }
                return count == 1 ? .answerLost : .none
            }
        ) { bench in
            let running = Task { await bench.run() }
            let ticking = Task { while !Task.isCancelled { await clock.advance(by: .milliseconds(100)) } }
            await running.value
            ticking.cancel()
            clock.jump(by: .seconds(3600))
            #expect(bench.scheduler.history == ["agree", "step:send:running", "intent:send", "step:send:done", "done"])
            #expect(bench.executor.executed == ["send"])
        }
    }

    @Test func `a cancel reaches a running step, and the job says so`() async throws {
        let began = Signal()
        let executor = FakeExecutor { _, _ in
            await began.give()
            try await forever()
            return StepOutcome()
        }
        try await withBench([["id": "open", "action": "goto", "url": "http://x/"]], executor: executor) { bench in
            let control = RunControl()
            async let run: Void = bench.run(control: control)
            await began.wait()
            control.stop(.cancelled)
            await run
            #expect(bench.scheduler.history.suffix(2) == ["step:open:failed", "failure"])
            #expect(bench.scheduler.taken.last?.payload["reason"] == "cancelled")
            #expect(bench.index.finished.count == 1)
        }
    }

    @Test func `a cancel that comes before the run begins lets nothing act`() async throws {
        try await withBench([mail]) { bench in
            let control = RunControl()
            control.stop(.cancelled)
            await bench.run(control: control)
            #expect(bench.executor.executed.isEmpty)
            #expect(bench.scheduler.history == ["agree", "failure"])
        }
    }

    @Test func `a job the scheduler does not agree to within a lease is given up`() async throws {
        let clock = ManualClock()
        try await withBench([mail], clock: clock.clock, fault: { _ in .unreachable }) { bench in
            let ticking = Task { while !Task.isCancelled { await clock.advance(by: .seconds(10)) } }
            await bench.run()
            ticking.cancel()
            clock.jump(by: .seconds(3600))
            #expect(bench.executor.executed.isEmpty && bench.index.finished.isEmpty)
        }
    }

    @Test func `a job that is to end is given up when the scheduler does not hear of it within a lease`() async throws {
        let (clock, began) = (ManualClock(), Signal())
        let executor = FakeExecutor { _, _ in
            await began.give()
            try await forever()
            return StepOutcome()
        }
        let control = RunControl()
        try await withBench(
            [["id": "open", "action": "goto", "url": "http://x/"]],
            clock: clock.clock,
            fault: { _ in control.requested == nil ? .none : .unreachable },
            executor: executor
        ) { bench in
            async let run: Void = bench.run(control: control)
            await began.wait()
            control.stop(.cancelled)
            let ticking = Task { while !Task.isCancelled { await clock.advance(by: .seconds(10)) } }
            await run
            ticking.cancel()
            clock.jump(by: .seconds(3600))
            #expect(control.requested == .lost)
            #expect(bench.index.finished.isEmpty)
        }
    }

    @Test func `a drain hands the job back after its step was stopped`() async throws {
        let began = Signal()
        let executor = FakeExecutor { _, _ in
            await began.give()
            try await forever()
            return StepOutcome()
        }
        try await withBench([["id": "open", "action": "goto", "url": "http://x/"]], executor: executor) { bench in
            let control = RunControl()
            async let run: Void = bench.run(control: control)
            await began.wait()
            control.stop(.drain)
            await run
            #expect(bench.scheduler.taken.last?.type == .refuse)
            #expect(bench.scheduler.taken.last?.payload["reason"] == "drain")
            #expect(bench.index.finished.count == 1)
        }
    }

    @Test func `a job there was no place for goes back unbegun`() async throws {
        try await withBench([mail]) { bench in
            let control = RunControl()
            control.stop(.busy)
            await bench.run(control: control)
            #expect(bench.scheduler.history == ["agree", "refuse"])
            #expect(bench.scheduler.taken.last?.payload["reason"] == "busy")
            #expect(bench.index.finished.count == 1)
        }
    }

    @Test func `a lost lease stops a running step at once, and nothing more is written`() async throws {
        let began = Signal()
        let executor = FakeExecutor { _, _ in
            await began.give()
            try await forever()
            return StepOutcome()
        }
        try await withBench([["id": "open", "action": "goto", "url": "http://x/"]], executor: executor) { bench in
            let control = RunControl()
            async let run: Void = bench.run(control: control)
            await began.wait()
            control.stop(.lost)
            let written = bench.scheduler.taken.count
            await run
            #expect(bench.scheduler.taken.count == written)
            #expect(bench.index.finished.isEmpty)
        }
    }

    @Test func `while the scheduler cannot be reached a lost lease still ends the job`() async throws {
        let clock = ManualClock()
        try await withBench(
            [mail],
            clock: clock.clock,
            fault: { $0.type == .agree ? .none : .unreachable }
        ) { bench in
            let control = RunControl()
            async let run: Void = bench.run(control: control)
            await clock.advance(by: .milliseconds(100))
            control.stop(.lost)
            await run
            #expect(bench.scheduler.history == ["agree"])
            #expect(bench.executor.executed.isEmpty)
        }
    }

    @Test func `a step that does not end when cancelled is given up, and its session closed aside`() async throws {
        let clock = ManualClock()
        let (began, released) = (Signal(), Signal())
        let executor = FakeExecutor { _, _ in
            await began.give()
            await released.wait()
            return StepOutcome()
        }
        try await withBench(
            [["id": "open", "action": "goto", "url": "http://x/", "timeout": 5]],
            clock: clock.clock,
            executor: executor
        ) { bench in
            async let run: Void = bench.run()
            await began.wait()
            await clock.advance(by: .seconds(9))
            await clock.advance(by: .seconds(2))
            await run
            #expect(bench.scheduler.taken.last?.payload["reason"] == "timeout")
            #expect(bench.log.text.contains("its session is given up"))
            await released.give()
            while executor.sessions.closed == 0 { await Task.yield() }
        }
    }

    @Test func `a step that is deaf to its cancel holds its job up for less than two seconds`() async throws {
        let clock = ManualClock()
        let (began, released) = (Signal(), Signal())
        let executor = FakeExecutor { _, _ in
            await began.give()
            await released.wait()
            return StepOutcome()
        }
        let open: JSONValue = ["id": "open", "action": "goto", "url": "http://x/", "timeout": 600]
        try await withBench([open], clock: clock.clock, executor: executor) { bench in
            let control = RunControl()
            async let run: Void = bench.run(control: control)
            await began.wait()
            control.stop(.cancelled)
            await clock.advance(by: .milliseconds(1_900))
            await run
            #expect(bench.scheduler.taken.last?.payload["reason"] == "cancelled")
            await released.give()
            while executor.sessions.closed == 0 { await Task.yield() }
        }
    }

    @Test func `an executor that fails with something unknown fails the step, not the worker`() async throws {
        struct Odd: Error {}
        let executor = FakeExecutor { _, _ in throw Odd() }
        try await withBench([["id": "open", "action": "goto", "url": "http://x/"]], executor: executor) { bench in
            await bench.run()
            #expect(bench.scheduler.taken.last?.payload["reason"] == "internal_error")
        }
    }

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
            ["id": "make", "action": "send_mail", "to": "a", "subject": "s", "text": "t"],
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
            "id": "send", "action": "send_mail", "to": "a", "subject": "{{ secrets.word }}", "text": "t",
        ]
        try await withBench([task]) { bench in
            await bench.run()
            #expect(bench.executor.executed.isEmpty)
            #expect(bench.scheduler.taken.last?.payload["message"]?.string?.contains("CPA_SECRET_WORD") == true)
        }
    }

    @Test func `an action nobody here offers fails the job before anything runs`() async throws {
        try await withBench([mail, ["id": "pdf", "action": "pdf"]]) { bench in
            await bench.run()
            #expect(bench.executor.executed.isEmpty)
            #expect(bench.scheduler.taken.last?.payload["reason"] == "no_capable_worker")
        }
    }

    @Test func `progress reaches the scheduler and is not durable`() async throws {
        let seen = Signal()
        let executor = FakeExecutor { step, _ in
            step.report(["bytes": 10])
            await seen.wait()
            return StepOutcome()
        }
        try await withBench([["id": "open", "action": "goto", "url": "http://x/"]], executor: executor) { bench in
            async let run: Void = bench.run()
            let tick = await bench.scheduler.message { $0.payload["kind"] == "progress" }
            #expect(tick.payload["bytes"] == 10)
            #expect(tick.payload["step_id"] == "open")
            await seen.give()
            await run
        }
    }

    @Test func `a page whose session was lost goes on at the URL a later task offers`() async throws {
        let opened = Mutex<[String]>([])
        let executor = FakeExecutor { step, _ in
            opened.withLock { $0.append("\(step.task.action.rawValue) \(step.task.fields["url"]?.string ?? "")") }
            if step.key.step == "look", opened.withLock({ $0.count }) == 3 { try await forever() }
            return StepOutcome(outputs: ["url": "http://x/receipt"])
        }
        let tasks: JSONValue = [
            ["id": "open", "action": "goto", "url": "http://x/"],
            ["id": "submit", "action": "click", "selector": "#buy", "once": true],
            ["id": "look", "action": "click", "selector": "#pdf", "resume_at": "{{ tasks.open.url }}"],
        ]
        try await withBench(tasks, executor: executor) { bench in
            let control = RunControl()
            async let first: Void = bench.run(epoch: 1, control: control)
            _ = await bench.scheduler.message { $0.payload["step_id"] == "look" && $0.payload["status"] == "running" }
            control.stop(.lost)
            await first
            opened.withLock { $0 = [] }
            await bench.run(epoch: 2)
            #expect(opened.withLock { $0 } == ["goto http://x/receipt", "click "])
            #expect(bench.scheduler.taken.last?.type == .done)
        }
    }
}
