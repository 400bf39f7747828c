import Executors
import JSON
import JobModel
import Synchronization
import TestSupport
import Testing

@testable import JobWorker

private let mail: JSONValue = ["id": "send", "action": "send_mail", "to": "a@b.c", "subject": "s", "text": "t"]

/// Effects: acknowledged before they act, and in doubt only when they may have come.
@Suite(.timeLimit(.minutes(1))) struct LeaseEffectTests {
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
}
