import Executors
import JSON
import JobModel
import Synchronization
import TestSupport
import Testing

@testable import JobWorker

private let mail: JSONValue = ["id": "send", "action": "send_mail", "to": "a@b.c", "subject": "s", "text": "t"]

/// One lease from `agree` to its end.
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

    @Test func `an executor that fails with something unknown fails the step, not the worker`() async throws {
        struct Odd: Error {}
        let executor = FakeExecutor { _, _ in throw Odd() }
        try await withBench([["id": "open", "action": "goto", "url": "http://x/"]], executor: executor) { bench in
            await bench.run()
            #expect(bench.scheduler.taken.last?.payload["reason"] == "internal_error")
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
