import JSON
import JobModel
import JobQueue
import SQLite
import Security
import TestSupport
import Testing

@testable import JobScheduler
@testable import Storage

@Suite struct JobWordsTests {
    /// What is told, and what the store has.
    private func told(_ stage: Stage, _ id: JobID) async throws -> (words: [UInt8], truth: [UInt8]) {
        let words = try await stage.scheduler.jobInWords(id, for: Stage.cli)
        let truth = try await stage.scheduler.job(id, for: Stage.cli)
        #expect(words.version == JobVersion(truth.job))
        return (words.json, try truth.json().serialized())
    }

    @Test func `what is told is what is stored, after each change of a job, its steps and its files`() async throws {
        try await Stage.with({ $0.retention.files = .seconds(60) }) { stage in
            let id = try await stage.submit(["no_progress": "60s"])
            var all: Set<[UInt8]> = []
            var versions: Set<JobVersion> = []
            func look(_ what: String) async throws {
                let (words, truth) = try await told(stage, id)
                #expect(words == truth, "\(what)")
                #expect(all.insert(words).inserted, "\(what) changed nothing")
                // Or who has the old one would be told that it is still so.
                let version = try await stage.scheduler.jobInWords(id, for: Stage.cli).version
                #expect(versions.insert(version).inserted, "\(what) made no version")
            }
            try await look("submitted")
            let worker = try await stage.start()
            try await look("agreed")
            try await worker.intent("mail")
            try await look("intent")
            try await worker.step("mail", "done", ["outputs": ["n": 7]])
            try await look("step")
            let content = Array("%PDF".utf8)
            let file = try await stage.scheduler.upload(
                name: "a.pdf",
                contentType: "application/pdf",
                body: ArtifactTests.body(content),
                as: Stage.cli
            )
            try await stage.scheduler.putArtifact(
                file,
                of: id,
                epoch: worker.lease.epoch,
                worker: worker.lease.worker,
                body: ArtifactTests.body(content)
            )
            try await look("file")
            stage.time.advance(seconds: 30)
            try await worker.send(.inform, ["kind": "progress", "percent": 50])
            try await look("progress")
            try await worker.send(.done)
            try await look("done")
            stage.time.advance(seconds: 3_600)
            _ = try await stage.scheduler.janitor.clean()
            try await look("file removed")
            _ = try await stage.scheduler.retry(id, isFresh: true, as: Stage.cli)
            try await look("begun anew")
            _ = try await stage.scheduler.cancel(id, as: Stage.cli)
            try await look("cancelled")
        }
    }

    @Test func `who asks again is told without a read, until something changes`() async throws {
        try await Stage.with { stage in
            let id = try await stage.submit()
            let first = try await told(stage, id)
            // A change nobody else can make: only a read would see it.
            try await stage.store.write { transaction in
                let transaction = try #require(transaction as? SQLiteStoreTransaction)
                try transaction.database.run("UPDATE jobs SET name = 'behind the back' WHERE id = ?", id)
            }
            #expect(try await told(stage, id).words == first.words)
            #expect(try await told(stage, id).truth != first.truth)
            _ = try await stage.start()
            let now = try await told(stage, id)
            #expect(now.words == now.truth && now.words != first.words)
        }
    }

    @Test func `what one tenant was told is not told another, nor what is gone anybody`() async throws {
        try await Stage.with({ $0.retention.jobs = .seconds(60) }) { stage in
            let id = try await stage.submit()
            try await stage.start().send(.done)
            _ = try await told(stage, id)
            let stranger = Principal(id: "x", tenant: TenantID("x"))
            await #expect(throws: SchedulerError.self) {
                try await stage.scheduler.jobInWords(id, for: stranger)
            }
            stage.time.advance(seconds: 3_600)
            _ = try await stage.scheduler.janitor.clean()
            await #expect(throws: SchedulerError.self) {
                try await stage.scheduler.jobInWords(id, for: Stage.cli)
            }
        }
    }

    @Test func `the cache is bounded, and what is too large is not kept`() throws {
        let cache = JobWordsCache()
        func words(_ id: String, bytes: Int) throws -> JobWords {
            var job = JobRecord(
                id: JobID(id),
                tenant: .default,
                principal: "cli",
                name: String(repeating: "x", count: bytes),
                scenario: StoredJSON([:]),
                submitted: 0
            )
            job.lastSequence = 1
            return try JobWords(JobDetail(job: job, tasks: [], artifacts: []))
        }
        cache.keep(try words("large", bytes: 64 << 10), of: JobID("large"), at: 0)
        #expect(cache.words(of: JobID("large"), at: 0) == nil)
        let small = try words("small", bytes: 10)
        cache.keep(small, of: JobID("small"), at: 3)
        #expect(cache.words(of: JobID("small"), at: 3)?.json == small.json)
        #expect(cache.words(of: JobID("small"), at: 4) == nil)
        let medium = try words("medium", bytes: 60 << 10)
        for number in 0..<200 { cache.keep(medium, of: JobID("medium-\(number)"), at: 0) }
        let kept = (0..<200).count { cache.words(of: JobID("medium-\($0)"), at: 0) != nil }
        #expect((1...(8 << 20) / medium.json.count).contains(kept))
        #expect(cache.words(of: JobID("small"), at: 3) == nil)
        for number in 0..<10_000 { cache.keep(small, of: JobID("small-\(number)"), at: 0) }
        #expect((1...4096).contains((0..<10_000).count { cache.words(of: JobID("small-\($0)"), at: 0) != nil }))
    }

    private func steps(_ id: JobID, _ stage: Stage) async throws -> [JSONObject] {
        let words = try await stage.scheduler.jobInWords(id, for: Stage.cli)
        return (try JSONValue(parsing: words.json)["tasks"]?.array ?? []).compactMap(\.object)
    }

    @Test func `no step runs in a job that nobody runs`() async throws {
        try await Stage.with { stage in
            let id = try await stage.submit()
            for name in ["w1", "w2", "w3"] {
                try await stage.start(name).step("t0", "running")
                #expect(try await steps(id, stage)[0]["status"] == "running")
                stage.time.advance(seconds: 21)
                try await stage.sweep()
                #expect(try await steps(id, stage)[0]["status"] == "interrupted")
            }
            #expect(try await stage.job(id).state == .dead)
        }
    }

    @Test func `a step that runs again does not show how it ended before, and keeps what it gave`() async throws {
        try await Stage.with { stage in
            let id = try await stage.submit()
            let worker = try await stage.start()
            let end: JSONObject = [
                "reason": "timeout", "message": "late", "ended_ms": 7, "duration_ms": 6, "started_ms": 1,
            ]
            try await worker.step("a", "failed", end)
            try await worker.step("b", "done", end.merging(["outputs": ["n": 7]]))
            for step in ["a", "b"] { try await worker.step(step, "running", ["started_ms": 9]) }
            for step in try await steps(id, stage) {
                #expect(step["status"] == "running" && step["started_ms"] == 9)
                for name in ["reason", "message", "ended_ms", "duration_ms"] { #expect(step[name] == nil, "\(name)") }
            }
            #expect(try await steps(id, stage)[1]["outputs"] == ["n": 7])
        }
    }

    @Test func `the answer to a resolution, a retry and a cancel is the job as it is then`() async throws {
        try await Stage.with { stage in
            let id = try await stage.lostPage()
            stage.time.advance(seconds: 5)
            let resolved = try await stage.scheduler.resolve(id, .fail, as: Stage.cli)
            #expect(try await stage.job(id) == resolved && resolved.updated == stage.time.now)
            stage.time.advance(seconds: 5)
            let retried = try await stage.scheduler.retry(id, as: Stage.cli)
            #expect(try await stage.job(id) == retried)
            stage.time.advance(seconds: 5)
            let cancelled = try await stage.scheduler.cancel(id, as: Stage.cli)
            #expect(try await stage.job(id) == cancelled && cancelled.updated == stage.time.now)
        }
    }
}
