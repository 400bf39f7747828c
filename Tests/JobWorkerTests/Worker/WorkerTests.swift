import EventLoops
import Executors
import JSON
import JobModel
import JobQueue
import Synchronization
import Telemetry
import TestSupport
import Testing

@testable import JobWorker

/// A worker with everything around it in memory.
private struct Setting {
    let worker: Worker
    let index: FakeIndex
    let scheduler: FakeScheduler
    let clock: ManualClock

    /// Lets time pass, little by little, until so many claims were made.
    func claim(_ count: Int) async {
        while index.claims < count {
            clock.jump(by: .milliseconds(100))
            await Task.yield()
        }
    }
}

private let scenario: JSONObject = [
    "name": "test", "tasks": [["id": "open", "action": "goto", "url": "http://x/", "timeout": 1000]],
]

private func withWorker(
    _ scenario: JSONObject = scenario,
    capacity: Int = 2,
    executor: FakeExecutor = FakeExecutor(),
    index: FakeIndex = FakeIndex(),
    lease: Duration = .seconds(15),
    handler: ((ManualClock) -> Worker.Handler)? = nil,
    fault: @escaping @Sendable (LAMMessage) -> FakeScheduler.Fault = { _ in .none },
    scheduler: FakeScheduler? = nil,
    _ body: (Setting) async throws -> Void
) async throws {
    let loop = EventLoop(name: "heartbeat")
    let clock = ManualClock()
    try await withTemporaryDirectory { directory in
        let scheduler = scheduler ?? FakeScheduler(scenario, fault: fault)
        let worker = Worker(
            options: WorkerOptions(id: "w1", capacity: capacity, lease: lease),
            services: WorkerServices(
                registry: ExecutorRegistry([executor]),
                link: scheduler,
                secrets: Secrets(values: [:]),
                clock: clock.clock,
                directory: directory,
                logSink: MemoryLogSink()
            ),
            index: index,
            heartbeatIndex: index,
            heartbeatLoop: loop,
            handler: handler?(clock)
        )
        let running = Task { await worker.run() }
        try await body(Setting(worker: worker, index: index, scheduler: scheduler, clock: clock))
        await worker.stop()
        index.endClaims()
        await running.value
        #expect(await worker.running == 0)
        #expect(files(in: directory).isEmpty)
    }
    await loop.shutdown()
}

/// An executor whose steps wait until they are released or cancelled.
private func waiting(began: Signal, until released: Signal? = nil) -> FakeExecutor {
    FakeExecutor { _, _ in
        await began.give()
        if let released { await released.wait() } else { try await forever() }
        return StepOutcome()
    }
}

@Suite(.timeLimit(.minutes(1))) struct WorkerTests {
    @Test func `it claims a job, runs it, gives the lease back and claims the next`() async throws {
        try await withWorker(capacity: 1) { setting in
            setting.index.add("j1")
            _ = await setting.scheduler.message { $0.type == .done }
            await setting.index.claim(2)
            await setting.index.finish(1)
            #expect(setting.index.finished.map(\.job) == ["j1"])
        }
    }

    @Test func `while the end of a job is on its way the next one begins, and no more than that`() async throws {
        let began = Signal()
        let executor = FakeExecutor { _, _ in
            await began.give()
            return StepOutcome()
        }
        let isDone: @Sendable (LAMMessage) -> FakeScheduler.Fault = { $0.type == .done ? .unreachable : .none }
        try await withWorker(capacity: 1, executor: executor, fault: isDone) { setting in
            setting.index.add("j1")
            await began.wait()
            await setting.index.claim(2)
            #expect(setting.index.finished.isEmpty)
            setting.index.add("j2")
            while setting.scheduler.history.count(where: { $0 == "agree" }) < 2 { await Task.yield() }
            while await setting.worker.running > 0 { await Task.yield() }
            // Both ends are on their way: a silent scheduler is given no third job to keep.
            setting.index.add("j3")
            await setting.clock.advance(by: .seconds(5))
            await setting.index.beat(1)
            #expect(setting.index.claims == 2)
        }
    }

    @Test func `where jobs are over sooner than agreed to, others are agreed to meanwhile and begin in turn`()
        async throws
    {
        let (agreed, released) = (Signal(), Signal())
        let atWork = Mutex((now: 0, most: 0))
        let handler = { (clock: ManualClock) -> Worker.Handler in
            { lease, _, whenAgreed, whenOver in
                clock.jump(by: .milliseconds(10))
                if lease.job == "j3" { await agreed.give() }
                await whenAgreed()
                atWork.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
                if lease.job == "j2" { await released.wait() }
                atWork.withLock { $0.now -= 1 }
                await whenOver()
                return true
            }
        }
        try await withWorker(capacity: 1, handler: handler) { setting in
            for job: JobID in ["j1", "j2", "j3"] { setting.index.add(job) }
            // It would wait for ever if the third were not claimed before the second is over.
            await agreed.wait()
            await released.give()
            await setting.index.finish(3)
            #expect(setting.index.finished.map(\.job) == ["j1", "j2", "j3"])
            #expect(atWork.withLock { $0.most } == 1)
        }
    }

    @Test func `a job that waits for a place for a second is told to go back`() async throws {
        let (agreed, told, released) = (Signal(), Signal(), Signal())
        let handler = { (clock: ManualClock) -> Worker.Handler in
            { lease, control, whenAgreed, whenOver in
                clock.jump(by: .milliseconds(10))
                if lease.job == "j3" { await agreed.give() }
                await whenAgreed()
                if control.requested == .busy { await told.give() }
                if lease.job == "j2" { await released.wait() }
                await whenOver()
                return true
            }
        }
        try await withWorker(capacity: 1, handler: handler) { setting in
            for job: JobID in ["j1", "j2", "j3"] { setting.index.add(job) }
            await agreed.wait()
            await setting.clock.advance(by: .seconds(1))
            await told.wait()
            await released.give()
        }
    }

    @Test func `a lease that an index gives again, because it forgot everything, is run once and kept`() async throws {
        let began = Signal()
        let calls = Mutex(0)
        let handler = { (_: ManualClock) -> Worker.Handler in
            { lease, _, whenAgreed, whenOver in
                if lease.job == "j1" { calls.withLock { $0 += 1 } }
                await whenAgreed()
                if lease.job == "j1" {
                    await began.give()
                    try? await forever()
                }
                await whenOver()
                return true
            }
        }
        try await withWorker(capacity: 3, handler: handler) { setting in
            setting.index.add("j1")
            await began.wait()
            setting.index.addAgain("j1")
            setting.index.add("j2")
            await setting.index.finish(1)
            #expect(calls.withLock { $0 } == 1)
            #expect(await setting.worker.running == 1)
            await setting.clock.advance(by: .seconds(5))
            await setting.index.beat(1)
            #expect(setting.index.beats.last?.map(\.job) == ["j1"])
        }
    }

    @Test func `it claims no more jobs than it can run`() async throws {
        let began = Signal()
        try await withWorker(capacity: 1, executor: waiting(began: began)) { setting in
            setting.index.add("j1")
            await began.wait()
            #expect(setting.index.claims == 1)
            #expect(await setting.worker.running == 1)
        }
    }

    @Test func `a claim that gave nothing is repeated, one that failed after a pause`() async throws {
        try await withWorker { setting in
            await setting.index.claim(1)
            setting.index.endClaims()
            await setting.index.claim(2)
            setting.index.failClaims()
            await setting.clock.advance(by: .milliseconds(100))
            await setting.index.claim(3)
        }
    }

    @Test func `a scheduler that did not answer for a lease is given no more jobs to keep until it does`() async throws
    {
        try await withWorker(capacity: 1) { setting in
            await setting.index.claim(1)
            #expect(setting.scheduler.probes == 1)
            setting.scheduler.goAway()
            setting.index.add("j1")
            setting.index.add("j2")
            while setting.scheduler.missed == 0 { await Task.yield() }
            let ticking = Task { while !Task.isCancelled { await setting.clock.advance(by: .seconds(5)) } }
            while setting.scheduler.probes < 4 { await Task.yield() }
            ticking.cancel()
            await ticking.value
            #expect(setting.index.claims == 1)
            setting.scheduler.comeBack()
            await setting.claim(2)
            let agree = await setting.scheduler.message { $0.type == .agree }
            #expect(agree.payload["job_id"] == "j2")
        }
    }

    @Test func `who lost a lease because renewals are not answered claims no more until they are`() async throws {
        let began = Signal()
        let scenario: JSONObject = [
            "name": "test", "tasks": [["id": "open", "action": "goto", "url": "http://x/", "timeout": "1h"]],
        ]
        try await withWorker(scenario, capacity: 1, executor: waiting(began: began)) { setting in
            await setting.index.claim(1)
            setting.index.setAway(true)
            setting.index.add("j1")
            setting.index.add("j2")
            await began.wait()
            await setting.clock.advance(by: .seconds(5))
            await setting.index.beat(1)
            let ticking = Task { while !Task.isCancelled { await setting.clock.advance(by: .seconds(5)) } }
            while setting.index.asked < 4 { await Task.yield() }
            ticking.cancel()
            await ticking.value
            #expect(setting.index.claims == 1)
            setting.index.setAway(false)
            await setting.claim(2)
            let agree = await setting.scheduler.message { $0.type == .agree && $0.payload["job_id"] == "j2" }
            #expect(agree.payload["job_id"] == "j2")
        }
    }

    @Test func `a worker whose scheduler is not there yet claims nothing, and begins when it is`() async throws {
        let scheduler = FakeScheduler(scenario)
        scheduler.goAway()
        try await withWorker(scheduler: scheduler) { setting in
            setting.index.add("j1")
            while setting.scheduler.probes < 3 { await setting.clock.advance(by: .seconds(2)) }
            #expect(setting.index.claims == 0)
            setting.scheduler.comeBack()
            await setting.claim(1)
            _ = await setting.scheduler.message { $0.type == .done }
        }
    }

    @Test func `a pushed cancellation reaches the running job`() async throws {
        let began = Signal()
        try await withWorker(executor: waiting(began: began)) { setting in
            await setting.index.listener()
            setting.index.add("j1")
            await began.wait()
            setting.index.pushCancel("j1")
            let end = await setting.scheduler.message { $0.type == .failure }
            #expect(end.payload["reason"] == "cancelled")
        }
    }

    @Test(arguments: [
        (HeartbeatReply.cancel, LAMMessage.MessageType.failure, "cancelled"), (.drain, .refuse, "drain"),
    ])
    func `a cancel or a drain in the heartbeat's answer reaches the running job`(
        reply: HeartbeatReply,
        end: LAMMessage.MessageType,
        reason: String
    ) async throws {
        let began = Signal()
        let index = FakeIndex { _, _ in reply }
        try await withWorker(executor: waiting(began: began), index: index) { setting in
            setting.index.add("j1")
            await began.wait()
            await setting.clock.advance(by: .seconds(5))
            let end = await setting.scheduler.message { $0.type == end }
            #expect(end.payload["reason"]?.string == reason)
        }
    }

    @Test func `a pause in the heartbeat's answer holds the job before its next step, until an answer without`()
        async throws
    {
        let steps: JSONObject = [
            "name": "test",
            "tasks": [
                ["id": "a", "action": "goto", "url": "http://x/"], ["id": "b", "action": "goto", "url": "http://x/"],
            ],
        ]
        let (began, released) = (Signal(), Signal())
        let index = FakeIndex { _, beat in beat == 1 ? .pause : .held }
        try await withWorker(steps, executor: waiting(began: began, until: released), index: index) { setting in
            setting.index.add("j1")
            await began.wait()
            await setting.clock.advance(by: .seconds(5))
            _ = await setting.scheduler.message { $0.payload["held"] == true }
            await released.give()
            _ = await setting.scheduler.message { $0.payload["step_id"] == "a" && $0.payload["status"] == "done" }
            #expect(!setting.scheduler.taken.contains { $0.payload["step_id"] == "b" })
            await setting.clock.advance(by: .seconds(5))
            await began.wait()
            await released.give()
            _ = await setting.scheduler.message { $0.type == .done }
        }
    }

    @Test func `a lease that cannot be renewed stops the job by the local clock, and nothing more is written`()
        async throws
    {
        let (began, stopped) = (Signal(), Signal())
        let index = FakeIndex { _, _ in
            try await forever()
            return .held
        }
        let executor = FakeExecutor { _, _ in
            await began.give()
            do { try await forever() } catch { await stopped.give() }
            throw CancellationError()
        }
        try await withWorker(executor: executor, index: index) { setting in
            setting.index.add("j1")
            await began.wait()
            // The lease of 15 s is given up 4 s before its end.
            await setting.clock.advance(by: .seconds(5))
            await setting.index.beat(1)
            let written = setting.scheduler.taken.count
            setting.clock.jump(by: .seconds(6))
            await stopped.wait()
            #expect(setting.scheduler.taken.count == written)
            #expect(setting.index.finished.isEmpty)
        }
    }

    @Test func `drained with nothing to do it ends, without waiting for the claim`() async throws {
        let loop = EventLoop(name: "heartbeat")
        let (index, clock) = (InMemoryDispatchIndex(), ManualClock())
        let worker = Worker(
            options: WorkerOptions(id: "w1", claimWait: .seconds(3600)),
            services: WorkerServices(
                registry: ExecutorRegistry([FakeExecutor()]),
                link: FakeScheduler(scenario),
                secrets: Secrets(values: [:]),
                clock: clock.clock,
                directory: "/nonexistent",
                logSink: MemoryLogSink()
            ),
            index: index,
            heartbeatIndex: index,
            heartbeatLoop: loop
        )
        async let running: Void = worker.run()
        await worker.drain()
        await running
        await loop.shutdown()
    }

    @Test func `drained it lets a running job finish`() async throws {
        let (began, released) = (Signal(), Signal())
        try await withWorker(capacity: 1, executor: waiting(began: began, until: released)) { setting in
            setting.index.add("j1")
            await began.wait()
            await setting.worker.drain()
            await released.give()
            _ = await setting.scheduler.message { $0.type == .done }
            #expect(setting.index.claims == 1)
        }
    }

    @Test func `drained it hands back what takes too long`() async throws {
        let began = Signal()
        let executor = FakeExecutor { step, _ in
            await began.give()
            try await forever()
            return StepOutcome()
        }
        // The lease outlives the drain: no renewal can be late when the clock jumps.
        try await withWorker(capacity: 1, executor: executor, lease: .seconds(600)) { setting in
            setting.index.add("j1")
            await began.wait()
            await setting.worker.drain()
            await setting.clock.advance(by: .seconds(20))
            let refusal = await setting.scheduler.message { $0.type == .refuse }
            #expect(refusal.payload["reason"] == "drain")
        }
    }

    @Test func `a job claimed while the drain came goes back at once`() async throws {
        let executor = FakeExecutor()
        try await withWorker(capacity: 1, executor: executor) { setting in
            await setting.index.claim(1)
            await setting.worker.drain()
            setting.index.add("j1")
            _ = await setting.scheduler.message { $0.type == .refuse }
            #expect(executor.executed.isEmpty)
            #expect(setting.scheduler.history == ["agree", "refuse"])
        }
    }

    @Test func `the second signal stops a job at once and writes nothing`() async throws {
        let began = Signal()
        try await withWorker(capacity: 1, executor: waiting(began: began)) { setting in
            setting.index.add("j1")
            await began.wait()
            await setting.worker.drain()
            let written = setting.scheduler.taken.count
            await setting.worker.stop()
            while await setting.worker.running > 0 { await Task.yield() }
            #expect(setting.scheduler.taken.count == written, "\(setting.scheduler.history)")
        }
    }
}
