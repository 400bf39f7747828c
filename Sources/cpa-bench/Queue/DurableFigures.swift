import EventLoops
import ExecutorHost
import HTTPClient
import JSON
import JobModel
import JobQueue
import JobScheduler
import JobWorker
import Security
import Storage

/// The queue with its truth: SQLite syncs every commit, a worker's `agree` and `done` are each in one.
struct DurableFigures: Sendable {
    private static let caller = Principal(id: "bench", tenant: .default)
    private static let scenario: JSONObject = [
        "name": "no-op",
        "tasks": [
            ["action": "goto", "url": "https://portal.example/"], ["action": "screenshot", "name": "page.png"],
        ],
    ]

    let stage: QueueStage

    /// Jobs that do nothing, claimed, agreed to, done and given back.
    func process() async throws -> JSONObject {
        if let base = stage.options.scheduler { return try await processOverHTTP(base) }
        return try await withFilledScheduler { scheduler, store in
            let before = store.commits
            var result = try await process(DirectLink(scheduler: scheduler))
            result["commits"] = JSONValue(store.commits - before)
            result["lost"] = try await undone(in: store)
            return result
        }
    }

    /// How many of the jobs the store does not have as done.
    func undone(in store: SQLiteStore) async throws -> JSONValue {
        let done = try await store.read { try $0.jobIDs(in: [.done], after: nil, limit: .max) }
        return JSONValue(stage.options.jobs - done.count)
    }

    private func processOverHTTP(_ base: String) async throws -> JSONObject {
        let loop = EventLoop(name: "cpa-network")
        let transport = CurlTransport(on: loop)
        let result = try await process(HTTPSchedulerLink(transport: transport, base: base, key: stage.options.key))
        await transport.shutdown()
        await loop.shutdown()
        return result
    }

    private func process(_ link: any SchedulerLink) async throws -> JSONObject {
        let ledger = Ledger(expecting: stage.options.jobs)
        let worker = try BenchWorker(stage: stage, link: link) { lease, _, whenAgreed, whenOver in
            do {
                _ = try await link.send(Self.message(.agree, lease))
                await whenAgreed()
                await whenOver()
                _ = try await link.send(Self.message(.done, lease, ["outputs": [:], "duration_ms": 0]))
                ledger.done(lease.job)
                return true
            } catch {
                return false
            }
        }
        let seconds = try await ContinuousClock.seconds { try await worker.run(until: ledger) }
        await worker.close()
        return try await stage.result(seconds, ledger.members)
    }

    private static func message(
        _ type: LAMMessage.MessageType,
        _ lease: Lease,
        _ payload: JSONObject = [:]
    ) -> LAMMessage {
        let who: JSONObject = ["job_id": .string(lease.job.rawValue), "worker": .string(lease.worker.rawValue)]
        var message = LAMMessage(
            id: WorkerServices.randomID(),
            timestamp: SchedulerEnvironment.live.now(),
            type: type,
            sender: "agent://worker/\(lease.worker)",
            to: ["agent://scheduler"],
            payload: who.merging(payload),
            context: ["tenant": .string(lease.tenant.rawValue)]
        )
        message.conversationID = lease.job.rawValue
        message.epoch = lease.epoch
        return message
    }

    /// Jobs handed in, so many a call; with one a call as many callers as `concurrency`.
    func submit(by batch: Int) async throws -> JSONObject {
        try await withScheduler { scheduler, store in
            let before = store.commits
            let seconds = try await submit(to: scheduler, by: batch)
            let commits = store.commits - before
            let count = try await store.read { try $0.jobIDs(in: [.pending], after: nil, limit: .max) }.count
            let members: JSONObject = [
                "jobs": JSONValue(stage.options.jobs), "lost": JSONValue(max(0, stage.options.jobs - count)),
                "twice": JSONValue(max(0, count - stage.options.jobs)), "commits": JSONValue(commits),
            ]
            try await waitForIndex()
            var result = try await stage.result(seconds, members)
            result["left"] = 0
            return result
        }
    }

    /// From handing a job in, with its commit, to the commit that lets a worker begin.
    func pickup() async throws -> JSONObject {
        try await withScheduler { scheduler, _ in
            let arrivals = Arrivals(stage.options)
            let link = DirectLink(scheduler: scheduler)
            return try await arrivals.run(
                submit: { _, due in
                    let job = try await scheduler.submit(JobSubmission(scenario: Self.scenario), as: Self.caller)
                    arrivals.due(job.id, due)
                },
                work: {
                    let worker = try BenchWorker(stage: stage, link: link) { lease, _, whenAgreed, whenOver in
                        guard (try? await link.send(Self.message(.agree, lease))) != nil else { return false }
                        await whenAgreed()
                        arrivals.picked(lease.job)
                        await whenOver()
                        return (try? await link.send(Self.message(.done, lease, ["outputs": [:]]))) != nil
                    }
                    await worker.run()
                    await worker.close()
                }
            )
        }
    }

    // MARK: Parts

    private func submit(to scheduler: Scheduler, by batch: Int) async throws -> Double {
        let submission = JobSubmission(scenario: Self.scenario)
        let count = stage.options.jobs
        guard batch > 1 else {
            return try await ContinuousClock.seconds {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    let lanes = stage.options.concurrency
                    for lane in 0..<lanes {
                        group.addTask {
                            for _ in stride(from: lane, to: count, by: lanes) {
                                _ = try await scheduler.submit(submission, as: Self.caller)
                            }
                        }
                    }
                    try await group.waitForAll()
                }
            }
        }
        return try await ContinuousClock.seconds {
            for first in stride(from: 0, to: count, by: batch) {
                let part = Array(repeating: submission, count: min(batch, count - first))
                for result in try await scheduler.submit(part, isAtomic: false, as: Self.caller) {
                    _ = try result.get()
                }
            }
        }
    }

    /// A scheduler whose jobs are all in the index.
    func withFilledScheduler(
        _ body: (Scheduler, SQLiteStore) async throws -> JSONObject
    ) async throws -> JSONObject {
        try await withScheduler { scheduler, store in
            _ = try await submit(to: scheduler, by: 1_000)
            try await waitForIndex()
            return try await body(scheduler, store)
        }
    }

    private func waitForIndex() async throws {
        while try await stage.index.depth().ready < stage.options.jobs { try await Task.sleep(for: .milliseconds(5)) }
    }

    private func withScheduler(
        _ body: (Scheduler, SQLiteStore) async throws -> JSONObject
    ) async throws -> JSONObject {
        let store = try await SQLiteStore(path: stage.options.directory + "/cpa.db")
        var configuration = SchedulerConfiguration()
        configuration.lease = QueueStage.lease
        let scheduler = Scheduler(
            store: store,
            index: stage.index,
            files: try await ArtifactFiles(directory: stage.options.directory + "/artifacts"),
            configuration: configuration
        )
        // Not structured: what goes on behind the calls, until they are over.
        let running = Task { await scheduler.run() }
        let result = try await body(scheduler, store)
        running.cancel()
        await running.value
        scheduler.close()
        await store.close()
        return result
    }
}
