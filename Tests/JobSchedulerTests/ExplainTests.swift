import JSON
import JobModel
import JobQueue
import Security
import Storage
import Testing

@testable import JobScheduler

@Suite struct ExplainTests {
    private func codes(_ id: JobID, _ stage: Stage) async throws -> [String] {
        try await stage.scheduler.explain(id, for: Stage.cli).causes.map(\.code)
    }

    @Test func `a job says what holds it up while it waits, runs and has ended`() async throws {
        try await Stage.with { stage in
            let first = try await stage.submit()
            let second = try await stage.submit()
            #expect(try await codes(first, stage) == ["no_capable_worker"])
            let worker = try await stage.claim()
            #expect(try await codes(first, stage) == ["claimed"])
            try await worker.send(.agree)
            #expect(try await codes(first, stage) == ["running"])
            #expect(try await codes(second, stage) == ["next"])
            let third = try await stage.submit()
            #expect(try await codes(third, stage) == ["behind"])
            stage.time.advance(seconds: 40)
            #expect(try await codes(third, stage) == ["no_free_worker", "behind"])
            try await worker.fail(.mailRejected)
            let ended = try await stage.scheduler.explain(first, for: Stage.cli).causes
            #expect(ended.map(\.code) == ["ended"])
            #expect(ended[0].detail.contains("mail_rejected"))
        }
    }

    @Test func `pauses, limits and times are named, with who paused and until when`() async throws {
        try await Stage.with { stage in
            _ = try? await stage.claim()
            try await stage.scheduler.limit(
                .default,
                to: {
                    var limits = Scheduler.Limits(); limits.concurrency = 1; return limits
                }(),
                as: Stage.cli
            )
            _ = try await stage.submit()
            _ = try await stage.start()
            let id = try await stage.submit()
            #expect(try await codes(id, stage) == ["concurrency_limit"])
            try await stage.scheduler.pause(.queue, note: "portal is down", as: Stage.cli)
            try await stage.scheduler.pause(.tenant(.default), note: nil, as: Stage.cli)
            try await stage.relay()
            let causes = try await stage.scheduler.explain(id, for: Stage.cli).causes
            #expect(causes.map(\.code) == ["queue_paused", "tenant_paused", "concurrency_limit"])
            #expect(causes[0].detail.contains("portal is down"))
            var later = JobSubmission(scenario: ["tasks": [["action": "goto", "url": "https://x/"]]])
            later.notBefore = stage.time.now + 60_000
            let delayed = try await stage.scheduler.submit(later, as: Stage.cli).id
            try await stage.relay()
            let due = try await stage.scheduler.explain(delayed, for: Stage.cli).causes[0]
            #expect(due.code == "not_due" && due.until == later.notBefore)
        }
    }

    @Test func `a rate of starts that is used up says until when, in its sentence too`() async throws {
        try await Stage.with { stage in
            var limits = Scheduler.Limits()
            limits.rate = PolicyRecord.Rate(count: 1, period: 60_000, burst: 1)
            try await stage.scheduler.limit(.default, to: limits, as: Stage.cli)
            _ = try await stage.submit()
            _ = try await stage.start()
            let id = try await stage.submit()
            let cause = try #require(try await stage.scheduler.explain(id, for: Stage.cli).causes.first)
            let until = try #require(cause.until)
            #expect(cause.code == "rate_limit" && until > stage.time.now)
            #expect(cause.detail.contains(RFC3339.format(until)))
        }
    }

    @Test func `an index that is away, or does not know the job, is the cause`() async throws {
        try await Stage.with { stage in
            let id = try await stage.submit()
            try await stage.index.flush()
            #expect(try await codes(id, stage) == ["not_indexed"])
            await stage.index.goDown()
            #expect(try await codes(id, stage) == ["index_unavailable"])
            let stranger = Principal(id: "x", tenant: TenantID("x"))
            await #expect { try await stage.scheduler.explain(id, for: stranger) } throws: {
                ($0 as? SchedulerError)?.code == .notFound
            }
        }
    }

    @Test func `an index that takes no jobs is the cause for one it does not know, and no other's`() async throws {
        try await Stage.with { stage in
            let known = try await stage.submit()
            await stage.index.beFull()
            await #expect(throws: FaultyDispatchIndex.Outage.self) { try await stage.submit() }
            let jobs = try await stage.scheduler.jobs(.init(tenant: .default), for: Stage.cli).map(\.id)
            let unknown = try #require(jobs.first { $0 != known })
            #expect(try await codes(unknown, stage) == ["index_unavailable"])
            #expect(try await codes(known, stage) == ["no_capable_worker"])
            let health = await stage.scheduler.health()
            #expect(health.isReady && !health.isHealthy && health.depth?.ready == 1)
        }
    }

    @Test func `a job that a pause holds while it runs names the pause`() async throws {
        try await Stage.with { stage in
            let id = try await stage.submit()
            _ = try await stage.start()
            try await stage.scheduler.pause(.tenant(.default), note: nil, as: Stage.cli)
            #expect(try await codes(id, stage) == ["running"])
            try await stage.scheduler.pause(.queue, note: "portal is down", running: .hold, as: Stage.cli)
            try await stage.scheduler.pause(.tenant(.default), note: nil, running: .handBack, as: Stage.cli)
            let causes = try await stage.scheduler.explain(id, for: Stage.cli).causes
            #expect(causes.map(\.code) == ["queue_paused", "tenant_paused", "running"])
            #expect(causes[0].detail.contains("portal is down") && causes[0].detail.contains("what runs is held"))
            #expect(causes[1].detail.contains("what runs goes back"))
        }
    }

    @Test func `a job that needs a human says what each resolution comes to`() async throws {
        try await Stage.with { stage in
            let doubtful = try await stage.submit()
            let worker = try await stage.start()
            try await worker.intent("t0")
            try await worker.fail(.stepInDoubt)
            let doubt = try await stage.scheduler.explain(doubtful, for: Stage.cli).causes[0].detail
            #expect(doubt.contains("whether step t0 happened") && doubt.contains("goes on after it"))
            let lost = try await stage.lostPage()
            let loss = try await stage.scheduler.explain(lost, for: Stage.cli).causes[0].detail
            #expect(loss.contains("done (the job ends done and runs nothing more: look, t2 are not run"))
            #expect(loss.contains("redo (the step is done a second time"))
        }
    }
}
