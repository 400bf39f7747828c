import JSON
import JobModel
import JobQueue
import JobScheduler
import Storage
import Synchronization
import TestSupport
import Testing

/// Everything running by itself, on the machine's clock.
@Suite struct LiveTests {
    private func withScheduler(
        environment: SchedulerEnvironment = .live,
        _ body: (Scheduler, InMemoryDispatchIndex) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            let index = InMemoryDispatchIndex()
            let store = try await SQLiteStore(path: directory + "/cpa.db")
            var configuration = SchedulerConfiguration()
            configuration.lease = .seconds(1)
            configuration.sweepInterval = .milliseconds(20)
            configuration.isIndexVolatile = true
            let scheduler = Scheduler(
                store: store,
                index: index,
                files: try await ArtifactFiles(directory: directory + "/artifacts"),
                configuration: configuration,
                environment: environment
            )
            let running = Task { await scheduler.run() }
            try await body(scheduler, index)
            running.cancel()
            await running.value
            scheduler.close()
            await store.close()
        }
    }

    private func submit(_ scheduler: Scheduler) async throws -> JobID {
        let scenario: JSONObject = ["tasks": [["action": "goto", "url": "https://x/"]]]
        return try await scheduler.submit(JobSubmission(scenario: scenario), as: Stage.cli).id
    }

    private func claim(
        _ scheduler: Scheduler,
        _ index: InMemoryDispatchIndex,
        _ name: String,
        lease: Duration = .seconds(60)
    ) async throws -> TestWorker {
        let claimed = try await index.claim(
            worker: WorkerID(name),
            capabilities: ["goto"],
            lease: lease,
            wait: .seconds(20)
        )
        return TestWorker(scheduler: scheduler, index: index, lease: try #require(claimed))
    }

    @Test func `twenty jobs submitted at once all run to their end`() async throws {
        try await withScheduler { scheduler, index in
            let jobs = try await withThrowingTaskGroup(of: JobID.self) { group in
                for _ in 0..<20 { group.addTask { try await submit(scheduler) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            for round in 0..<jobs.count {
                let worker = try await claim(scheduler, index, "w\(round)")
                try await worker.send(.agree)
                try await worker.send(.done)
                await index.finish(worker.lease)
            }
            for id in jobs {
                let job = try await scheduler.waitForEnd(of: id, atMost: .seconds(20), for: Stage.cli)
                #expect(job.state == .done)
            }
        }
    }

    @Test func `the job of a worker that vanishes is taken over when its lease is over`() async throws {
        try await withScheduler { scheduler, index in
            let id = try await submit(scheduler)
            let first = try await claim(scheduler, index, "w1", lease: .seconds(2))
            try await first.send(.agree)
            let second = try await claim(scheduler, index, "w2")
            try await second.send(.agree)
            let job = try await scheduler.job(id, for: Stage.cli).job
            #expect(job.worker == WorkerID("w2"))
            // A machine that is held up meanwhile makes it an interruption.
            #expect(job.losses + job.interruptions == 1)
        }
    }

    @Test func `an agent that came while nobody watched is missed when it falls silent`() async throws {
        let shift = Mutex<Int64>(0)
        var environment = SchedulerEnvironment.live
        let live = environment
        environment.now = { live.now() + shift.withLock { $0 } }
        try await withScheduler(environment: environment) { scheduler, _ in
            let registration = AgentRegistration(name: "one", capabilities: ["a.b"])
            let key = APIKeyRecord(id: "k", tenant: .default, name: "one", hash: [], created: 0, role: "operator")
            _ = try await scheduler.register(registration, key: key, as: Stage.cli)
            shift.withLock { $0 = 31_000 }
            while try await scheduler.agent("one", for: Stage.cli).agent.isOnline { await Task.yield() }
        }
    }

    @Test func `a cancel is pushed to the worker`() async throws {
        try await withScheduler { scheduler, index in
            let pushed = await index.cancellations()
            let id = try await submit(scheduler)
            try await claim(scheduler, index, "w1").send(.agree)
            _ = try await scheduler.cancel(id, as: Stage.cli)
            #expect(await pushed.first { _ in true } == id)
        }
    }
}
