import JSON
import JobModel
import JobQueue
import Security
import Storage
import Testing

@testable import JobScheduler

@Suite struct PolicyTests {
    @Test func `a pause outlives a restart and an index that forgot everything`() async throws {
        try await Stage.with { stage in
            let id = try await stage.submit()
            try await stage.scheduler.pause(.queue, note: "maintenance", as: Stage.cli)
            try await stage.relay()
            await #expect(throws: SchedulerError.self) { try await stage.claim() }
            try await stage.index.flush()
            let second = try await stage.restarted()
            try await second.scheduler.reconciler.reconcile()
            try await second.relay()
            await #expect(throws: SchedulerError.self) { try await second.claim() }
            #expect(await second.scheduler.health().pausedSince == stage.time.now)
            try await second.scheduler.resume(.queue, as: Stage.cli)
            try await second.relay()
            #expect(try await second.start().job == id)
            await second.store.close()
        }
    }

    @Test func `a tenant pauses itself, nobody but an operator pauses others or the queue`() async throws {
        try await Stage.with { stage in
            let stranger = Principal(id: "x", tenant: TenantID("x"))
            for scope in [Scheduler.PolicyScope.queue, .tenant(.default), .tenant(TenantID("y"))] {
                await #expect { try await stage.scheduler.pause(scope, note: nil, as: stranger) } throws: {
                    ($0 as? SchedulerError)?.status == 403
                }
            }
            await #expect { try await stage.scheduler.limit(TenantID("x"), to: .init(), as: stranger) } throws: {
                ($0 as? SchedulerError)?.status == 403
            }
            try await stage.scheduler.pause(.tenant(TenantID("x")), note: nil, as: stranger)
            try await stage.scheduler.pause(.tenant(TenantID("y")), note: nil, as: Stage.cli)
            let own = try await stage.scheduler.policies(for: stranger)
            #expect(own.map(\.tenant) == [TenantID("x")])
            #expect(try await stage.scheduler.policies(for: Stage.cli).count == 2)
            let audit = try await stage.scheduler.audit(after: 0, limit: 9, for: stranger)
            #expect(audit.map(\.action) == ["tenant.paused"])
        }
    }

    @Test func `pausing twice keeps the first pause, and what says nothing is forgotten`() async throws {
        try await Stage.with { stage in
            try await stage.scheduler.pause(.queue, note: "first", as: Stage.cli)
            stage.time.advance(seconds: 5)
            #expect(try await stage.scheduler.pause(.queue, note: "second", as: Stage.cli).pause?.note == "first")
            try await stage.scheduler.resume(.queue, as: Stage.cli)
            try await stage.scheduler.resume(.queue, as: Stage.cli)
            #expect(try await stage.scheduler.policies(for: Stage.cli).isEmpty)
            let audit = try await stage.scheduler.audit(after: 0, limit: 9, for: Stage.cli)
            #expect(audit.map(\.action) == ["queue.paused", "queue.resumed"])
        }
    }

    @Test(
        arguments: [
            (0, nil, nil), (101, nil, nil), (1, 0, nil), (1, nil, PolicyRecord.Rate(count: 0, period: 1_000, burst: 1)),
            (1, nil, PolicyRecord.Rate(count: 1, period: 0, burst: 1)),
            (1, nil, PolicyRecord.Rate(count: 1, period: 1_000, burst: 0)),
        ] as [(Int, Int?, PolicyRecord.Rate?)]
    )
    func `limits nobody can keep are refused`(weight: Int, concurrency: Int?, rate: PolicyRecord.Rate?) async throws {
        try await Stage.with { stage in
            var limits = Scheduler.Limits()
            limits.weight = weight
            limits.concurrency = concurrency
            limits.rate = rate
            await #expect { try await stage.scheduler.limit(.default, to: limits, as: Stage.cli) } throws: {
                ($0 as? SchedulerError)?.code == .invalidInput
            }
            let policies = try await stage.scheduler.policies(for: Stage.cli)
            #expect(policies.isEmpty)
        }
    }

    @Test func `an attempt without progress is stopped, reports and ticks are progress`() async throws {
        try await Stage.with { stage in
            let id = try await stage.submit(["no_progress": 60])
            let worker = try await stage.start()
            stage.time.advance(seconds: 50)
            try await worker.step("t0", "running")
            stage.time.advance(seconds: 50)
            try await worker.send(.inform, ["kind": "progress", "step_id": "t0", "percent": 10])
            stage.time.advance(seconds: 50)
            try await stage.scheduler.sweeper.sweepOverdue()
            #expect(try await stage.job(id).stopReason == nil)
            stage.time.advance(seconds: 10)
            try await stage.scheduler.sweeper.sweepOverdue()
            try await stage.relay()
            #expect(await stage.index.wasCancelled(id))
            try await worker.fail(.cancelled)
            let job = try await stage.job(id)
            #expect(job.state == .failed)
            #expect(job.reason == .noProgress)
        }
    }
}
