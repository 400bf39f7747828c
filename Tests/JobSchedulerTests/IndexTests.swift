import JSON
import JobModel
import JobQueue
import JobScheduler
import Storage
import Testing

@testable import JobScheduler

@Suite struct IndexTests {
    @Test func `jobs accepted while the index is down are there when it is back`() async throws {
        try await Stage.with { stage in
            await stage.index.goDown()
            await #expect(throws: FaultyDispatchIndex.Outage.self) { try await stage.submit() }
            let job = try await stage.scheduler.jobs(.init(tenant: .default), for: Stage.cli)[0]
            #expect(job.state == .pending)
            #expect(await stage.scheduler.health().isReady)
            #expect(await !stage.scheduler.health().isHealthy)
            await stage.index.comeBack()
            try await stage.relay()
            #expect(try await stage.index.isKnown(job.id))
        }
    }

    @Test func `what has ended leaves an index that takes nothing new`() async throws {
        try await Stage.with { stage in
            let id = try await stage.submit()
            await stage.index.beFull()
            await #expect(throws: FaultyDispatchIndex.Outage.self) { try await stage.submit() }
            _ = try await stage.scheduler.cancel(id, as: Stage.cli)
            await #expect(throws: FaultyDispatchIndex.Outage.self) { try await stage.relay() }
            #expect(try await !stage.index.isKnown(id))
        }
    }

    @Test func `an index that says nothing keeps nobody waiting who asks how things are`() async throws {
        try await Stage.with { stage in
            let id = try await stage.submit()
            await stage.index.beSilent()
            let begun = ContinuousClock.now
            #expect(await stage.scheduler.readiness().isReady)
            async let asked = stage.scheduler.health()
            async let explained = stage.scheduler.explain(id, for: Stage.cli)
            async let counted = stage.scheduler.depth(for: Stage.cli)
            let (health, explanation, depth) = (await asked, try await explained, try await counted)
            #expect(health.isReady && !health.isHealthy)
            #expect(explanation.causes.map(\.code) == ["index_unavailable"])
            #expect(depth == nil)
            // A second, with room for what the machine does besides.
            #expect(ContinuousClock.now - begun < .seconds(4))
        }
    }

    @Test func `the relay keeps trying by itself and is heard again`() async throws {
        try await Stage.with { stage in
            await stage.index.goDown()
            let running = Task { await stage.scheduler.run() }
            let sample = JobSubmission(scenario: ["tasks": [["action": "goto", "url": "https://x/"]]])
            let id = try await stage.scheduler.submit(sample, as: Stage.cli).id
            while await stage.index.calls < 3 { await Task.yield() }
            await stage.index.comeBack()
            while try await !stage.index.isKnown(id) { await Task.yield() }
            running.cancel()
            await running.value
        }
    }

    @Test func `a pass of the relay is two calls to the index, and what several passes told of goes in one commit`()
        async throws
    {
        try await Stage.with { stage in
            let sample = JobSubmission(scenario: ["tasks": [["action": "goto", "url": "https://x/"]]])
            let jobs = try await stage.scheduler.submit(
                Array(repeating: sample, count: 300),
                isAtomic: true,
                as: Stage.cli
            )
            for job in jobs.prefix(100) { _ = try await stage.scheduler.cancel(job.get().id, as: Stage.cli) }
            let before = (calls: await stage.index.calls, commits: stage.store.commits)
            var position = OutboxRelay.Position()
            let rows = try await stage.scheduler.relay.relay(from: &position)
            #expect(rows == 400)
            #expect(await stage.index.calls - before.calls == 2)
            #expect(stage.store.commits == before.commits)
            #expect(try await stage.scheduler.relay.relay(from: &position) == 0)
            _ = try await stage.scheduler.submit(sample, as: Stage.cli)
            #expect(try await stage.scheduler.relay.relay(from: &position) == 1)
            try await stage.scheduler.relay.removeTold(&position)
            // The submission, and what two passes told of.
            #expect(stage.store.commits - before.commits == 2)
            #expect(try await stage.store.read { try $0.outboxCount() } == 0)
            try await stage.scheduler.relay.removeTold(&position)
            #expect(stage.store.commits - before.commits == 2)
            let depth = try await stage.index.depth()
            #expect(depth.ready == 201)
        }
    }

    @Test func `rows that were told are gone a moment later, without another one to come`() async throws {
        try await Stage.with { stage in
            let relaying = Task { await stage.scheduler.relay.run() }
            _ = try await stage.submit()
            while try await stage.store.read({ try $0.outboxCount() }) > 0 { await Task.yield() }
            let depth = try await stage.index.depth()
            #expect(depth.ready == 1)
            relaying.cancel()
            await relaying.value
        }
    }

    @Test func `an index that forgot everything is fed again, above every epoch given out`() async throws {
        try await Stage.with { stage in
            let waiting = try await stage.submit()
            _ = try await stage.start("w1").send(.refuse, ["reason": "drain"])
            try await stage.relay()
            try await stage.index.flush()
            try await stage.scheduler.reconciler.reconcile()
            try await stage.relay()
            let worker = try await stage.start("w2")
            #expect(worker.job == waiting)
            #expect(worker.lease.epoch > Epoch(1))
        }
    }

    @Test func `a running job the index forgot is given back after a lease, and blames nobody`() async throws {
        try await Stage.with { stage in
            let id = try await stage.submit()
            let old = try await stage.start("w1")
            try await stage.index.flush()
            try await stage.scheduler.reconciler.reconcile()
            #expect(try await stage.job(id).state == .running)
            stage.time.advance(seconds: 20)
            try await stage.scheduler.reconciler.reconcile()
            try await stage.relay()
            _ = try await stage.start("w2")
            let job = try await stage.job(id)
            #expect(job.worker == WorkerID("w2"))
            #expect(job.losses == 0)
            await #expect(throws: SchedulerError.self) { try await old.send(.done) }
        }
    }

    @Test func `a running job the index gave to another worker comes back when that one's lease ends`() async throws {
        try await Stage.with { stage in
            let id = try await stage.submit()
            let first = try await stage.claim("w1")
            try await stage.index.flush()
            try await stage.scheduler.reconciler.reconcile()
            try await stage.relay()
            try await first.send(.agree)
            let second = try await stage.claim("w2")
            await #expect(throws: SchedulerError.self) { try await second.send(.agree) }
            stage.time.advance(seconds: 21)
            try await stage.sweep()
            #expect(try await stage.start("w3").lease.epoch > first.lease.epoch)
            #expect(try await stage.job(id).losses == 0)
        }
    }

    @Test func `with an index in this process a restart gives running jobs back at once`() async throws {
        try await Stage.with {
            $0.isIndexVolatile = true
        } _: { stage in
            let id = try await stage.submit()
            _ = try await stage.start("w1")
            try await stage.index.flush()
            let second = try await stage.restarted()
            try await second.scheduler.reconciler.reconcile()
            #expect(try await second.job(id).state == .pending)
            await second.store.close()
        }
    }

    @Test func `repeating a pass of the relay changes nothing for a job that runs`() async throws {
        try await Stage.with { stage in
            let id = try await stage.submit()
            let worker = try await stage.start()
            try await stage.store.write { try $0.notifyIndex(of: id) }
            try await stage.relay()
            #expect(try await stage.index.heartbeat([worker.lease], lease: .seconds(20)) == [.held])
        }
    }

    @Test func `a lease of a job nobody knows is removed`() async throws {
        try await Stage.with { stage in
            let ghost = JobID("ghost")
            try await stage.index.enqueue([.init(job: ghost, tenant: .default, epochFloor: Epoch(0))])
            _ = try await stage.claim()
            stage.time.advance(seconds: 21)
            try await stage.sweep()
            #expect(try await !stage.index.isKnown(ghost))
        }
    }
}
