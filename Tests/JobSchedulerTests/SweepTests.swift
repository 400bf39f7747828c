import JSON
import JobModel
import SQLite
import Synchronization
import Testing

@testable import JobScheduler
@testable import Storage

#if canImport(Glibc)
    import Glibc
#endif

/// One job that cannot be changed does not keep the others from what is due to them.
@Suite struct SweepTests {
    /// Has the database refuse every change of a job.
    private func freeze(_ job: JobID, _ stage: Stage) async throws {
        try await stage.tamper(
            """
            CREATE TRIGGER frozen BEFORE UPDATE ON jobs WHEN old.id = '\(job.rawValue)'
            BEGIN SELECT RAISE(ABORT, 'frozen'); END
            """
        )
    }

    @Test func `a job that cannot be given back does not keep the lease of another`() async throws {
        try await Stage.with { stage in
            let jobs = [try await stage.submit(), try await stage.submit(), try await stage.submit()]
            for name in ["w1", "w2", "w3"] { _ = try await stage.start(name) }
            try await freeze(jobs[1], stage)
            stage.time.advance(seconds: 60)
            var presence = stage.scheduler.configuration.presence
            try await stage.pass(seconds: 1, &presence)
            #expect(try await stage.job(jobs[0]).state == .pending)
            #expect(try await stage.job(jobs[1]).state == .running)
            #expect(try await stage.job(jobs[2]).state == .pending)
            try await stage.tamper("DROP TRIGGER frozen")
            try await stage.pass(seconds: 1, &presence)
            #expect(try await stage.job(jobs[1]).state == .pending)
        }
    }

    @Test func `a job that cannot be ended does not keep another past its deadline, nor leases`() async throws {
        try await Stage.with { stage in
            let held = try await stage.submit()
            _ = try await stage.start()
            let deadline: JSONObject = ["deadline": .string(RFC3339.format(stage.time.now + 10_000))]
            let late = [try await stage.submit(deadline), try await stage.submit(deadline)]
            try await freeze(late[0], stage)
            stage.time.advance(seconds: 60)
            var presence = stage.scheduler.configuration.presence
            try await stage.pass(seconds: 1, &presence)
            #expect(try await stage.job(late[0]).state == .pending)
            #expect(try await stage.job(late[1]).state == .failed)
            #expect(try await stage.job(held).state == .pending)
        }
    }

    @Test func `a store another program holds up is not ready, and is when that lets go`() async throws {
        try await Stage.with { stage in
            #expect(await stage.scheduler.readiness().isReady)
            let other = try await SQLiteWriter(path: stage.directory + "/cpa.db", migrations: Schema.migrations)
            let isOver = Mutex(false)
            async let holding: Void = other.write { _ in while !isOver.withLock({ $0 }) {} }
            // Nobody writes: whoever asks has it tried, and a write may take three seconds.
            while await stage.scheduler.readiness().isReady { await Task.yield() }
            let health = await stage.scheduler.health()
            #expect(!health.isHealthy && health.storeProblem != nil)
            await #expect { try await stage.scheduler.checkRoom() } throws: { ($0 as? SchedulerError)?.status == 503 }
            isOver.withLock { $0 = true }
            try await holding
            while await !stage.scheduler.readiness().isReady { await Task.yield() }
            await other.close()
        }
    }

    @Test func `while the data lies elsewhere no job is accepted, and nobody calls that ready`() async throws {
        try await Stage.with { stage in
            let path = stage.directory + "/cpa.db"
            try #require(rename(path, path + "-moved") == 0)
            #expect(await !stage.scheduler.readiness().isReady)
            await #expect { try await stage.submit() } throws: { ($0 as? SchedulerError)?.status == 503 }
            try #require(rename(path + "-moved", path) == 0)
            #expect(await stage.scheduler.readiness().isReady)
            _ = try await stage.submit()
        }
    }

    @Test func `what is wrong with a job is told once, and again when it is something else`() {
        let stuck = StuckJobs()
        #expect(stuck.replace(with: ["j1": "a", "j2": "a"]) == ["j1", "j2"])
        #expect(stuck.replace(with: ["j1": "a", "j2": "b"]) == ["j2"])
        #expect(stuck.replace(with: [:]).isEmpty)
        #expect(stuck.replace(with: ["j1": "a"]) == ["j1"])
    }
}
