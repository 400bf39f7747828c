import JSON
import JobModel
import JobQueue
import Storage
import Testing

@testable import JobScheduler

@Suite struct RetentionTests {
    private func stage(_ change: (inout Retention) -> Void, _ body: (Stage) async throws -> Void) async throws {
        var retention = Retention()
        change(&retention)
        let settings = retention
        try await Stage.with({ $0.retention = settings }, body)
    }

    private func finish(_ stage: Stage) async throws -> JobID {
        let id = try await stage.submit()
        try await stage.start().send(.done)
        try await stage.relay()
        return id
    }

    @Test func `ended jobs go when they are old enough, others stay, and the audit keeps all`() async throws {
        try await stage({ $0.jobs = .seconds(3_600) }) { stage in
            let old = try await finish(stage)
            let waiting = try await stage.submit(["priority": -100])
            stage.time.advance(seconds: 3_000)
            let young = try await finish(stage)
            stage.time.advance(seconds: 601)
            _ = try await stage.scheduler.janitor.clean()
            let left = try await stage.scheduler.jobs(JobQuery(tenant: .default), for: Stage.cli).map(\.id)
            #expect(Set(left) == [waiting, young])
            let audit = try await stage.scheduler.audit(after: 0, limit: 100, for: Stage.cli)
            #expect(audit.filter { $0.job == old }.map(\.action).last == "job.purged")
            _ = try await stage.scheduler.verifyAudit(for: Stage.cli)
        }
    }

    @Test func `of ended jobs the newest stay, up to a number`() async throws {
        try await stage({ $0.count = 2 }) { stage in
            var jobs: [JobID] = []
            for _ in 0..<5 {
                jobs.append(try await finish(stage))
                stage.time.advance(seconds: 1)
            }
            let waiting = try await stage.submit()
            while try await stage.scheduler.janitor.clean() {}
            let left = try await stage.scheduler.jobs(JobQuery(tenant: .default), for: Stage.cli).map(\.id)
            #expect(Set(left) == Set(jobs.suffix(2) + [waiting]))
        }
    }

    @Test func `without a rule nothing goes`() async throws {
        try await stage({ _ in }) { stage in
            let id = try await finish(stage)
            stage.time.advance(seconds: 1_000_000_000)
            #expect(try await !stage.scheduler.janitor.clean())
            #expect(try await stage.job(id).state == .done)
        }
    }

    @Test func `files go before their jobs, from the disk an hour later, unless another job has them`() async throws {
        try await stage({ $0.files = .seconds(60) }) { stage in
            let hash = try await stage.scheduler.upload(
                name: "a",
                contentType: "text/plain",
                body: Bytes([1, 2, 3]).next,
                as: Stage.cli
            ).sha256
            var submission = JobSubmission(scenario: ["tasks": [["action": "goto", "url": "https://x/"]]])
            submission.files = ["a": hash]
            let first = try await stage.scheduler.submit(submission, as: Stage.cli).id
            try await stage.relay()
            try await stage.start().send(.done)
            let second = try await stage.scheduler.submit(submission, as: Stage.cli).id
            // The stage's clock is far behind the disk's: what it calls an hour later has long been written.
            stage.time.advance(seconds: 4_000_000_000)
            while try await stage.scheduler.janitor.clean() {}
            stage.time.advance(seconds: 3_601)
            while try await stage.scheduler.janitor.clean() {}
            #expect(try await stage.scheduler.job(first, for: Stage.cli).artifacts.isEmpty)
            #expect(try await stage.scheduler.job(second, for: Stage.cli).artifacts.count == 1)
            #expect(await stage.scheduler.files.contains(sha256: hash))
            _ = try await stage.scheduler.cancel(second, as: Stage.cli)
            stage.time.advance(seconds: 61)
            while try await stage.scheduler.janitor.clean() {}
            #expect(await stage.scheduler.files.contains(sha256: hash))
            stage.time.advance(seconds: 3_601)
            while try await stage.scheduler.janitor.clean() {}
            #expect(await !stage.scheduler.files.contains(sha256: hash))
        }
    }

    @Test func `a file that nobody came to have goes an hour later`() async throws {
        try await stage({ _ in }) { stage in
            let id = try await stage.submit()
            let worker = try await stage.start()
            // One byte more than was announced: it is written before that shows.
            let hash = "039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81"
            let artifact = Artifact(name: "a", bytes: 2, sha256: hash, contentType: "text/plain")
            await #expect(throws: SchedulerError.self) {
                try await stage.scheduler.putArtifact(
                    artifact,
                    of: id,
                    epoch: worker.lease.epoch,
                    worker: worker.lease.worker,
                    body: Bytes([1, 2, 3]).next
                )
            }
            #expect(await stage.scheduler.files.contains(sha256: hash))
            stage.time.advance(seconds: 4_000_000_000)
            _ = try await stage.scheduler.janitor.clean()
            #expect(await !stage.scheduler.files.contains(sha256: hash))
        }
    }

    /// A body of one piece.
    private actor Bytes {
        private var rest: [UInt8]?
        init(_ bytes: [UInt8]) { rest = bytes }
        nonisolated var next: Scheduler.Body { { await self.take() } }
        private func take() -> [UInt8]? { rest.take() }
    }
}
