import JSON
import JobModel
import Storage
import Testing

@testable import JobScheduler

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

    @Test func `what is wrong with a job is told once, and again when it is something else`() {
        let stuck = StuckJobs()
        #expect(stuck.replace(with: ["j1": "a", "j2": "a"]) == ["j1", "j2"])
        #expect(stuck.replace(with: ["j1": "a", "j2": "b"]) == ["j2"])
        #expect(stuck.replace(with: [:]).isEmpty)
        #expect(stuck.replace(with: ["j1": "a"]) == ["j1"])
    }
}
