import Executors
import JSON
import JobModel
import TestSupport
import Testing

@testable import JobWorker

private let mail: JSONValue = ["id": "send", "action": "send_mail", "to": "a@b.c", "subject": "s", "text": "t"]

/// How a job at work ends before its time: cancelled, handed back, given up, lost.
@Suite(.timeLimit(.minutes(1))) struct LeaseEndTests {
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
            let step = bench.scheduler.taken.first { $0.payload["status"] == "failed" }
            #expect(step?.payload["reason"] == "cancelled")
            #expect(bench.scheduler.taken.last?.payload["reason"] == "cancelled")
            await released.give()
            while executor.sessions.closed == 0 { await Task.yield() }
        }
    }

    @Test func `a cancel does not wait for a session that is still being opened, and closes it when it is`()
        async throws
    {
        let (clock, began, released) = (ManualClock(), Signal(), Signal())
        let executor = FakeExecutor(opening: {
            await began.give()
            await released.wait()
        })
        let open: JSONValue = ["id": "open", "action": "goto", "url": "http://x/", "timeout": 8]
        try await withBench([open], clock: clock.clock, executor: executor) { bench in
            let control = RunControl()
            async let run: Void = bench.run(control: control)
            await began.wait()
            control.stop(.cancelled)
            await clock.advance(by: .milliseconds(1_900))
            await run
            let step = bench.scheduler.taken.first { $0.payload["status"] == "failed" }
            #expect(step?.payload["reason"] == "cancelled")
            #expect(bench.scheduler.taken.last?.payload["reason"] == "cancelled")
            #expect(executor.executed.isEmpty && executor.sessions.opened == 0)
            await released.give()
            while executor.sessions.closed == 0 { await Task.yield() }
        }
    }

    @Test func `an opening that obeys costs a cancel no time at all`() async throws {
        let (clock, began) = (ManualClock(), Signal())
        let executor = FakeExecutor(opening: {
            await began.give()
            try await forever()
        })
        let open: JSONValue = ["id": "open", "action": "goto", "url": "http://x/"]
        try await withBench([open], clock: clock.clock, executor: executor) { bench in
            let control = RunControl()
            async let run: Void = bench.run(control: control)
            await began.wait()
            control.stop(.cancelled)
            await run
            #expect(bench.scheduler.taken.last?.payload["reason"] == "cancelled")
        }
    }
}
