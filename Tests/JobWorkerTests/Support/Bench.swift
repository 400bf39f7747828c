import EventLoops
import Executors
import JSON
import JobModel
import JobQueue
import Telemetry
import TestSupport
import Testing

@testable import JobWorker

struct Secrets: SecretSource {
    let values: [String: String]
    func secret(_ name: String, tenant: TenantID) -> String? { values[name] }
}

/// One worker at one job, with everything around it in memory.
struct Bench {
    let scheduler: FakeScheduler
    let executor: FakeExecutor
    let index = FakeIndex()
    let clock: WorkerClock
    let directory: String
    let secrets: any SecretSource
    let log = MemoryLogSink()

    func run(epoch: Int64 = 1, control: RunControl = RunControl()) async {
        let lease = Lease(job: JobID("j1"), tenant: .default, worker: WorkerID("w\(epoch)"), epoch: Epoch(epoch))
        let services = WorkerServices(
            registry: ExecutorRegistry([executor, FileExecutor()]),
            link: scheduler,
            secrets: secrets,
            clock: clock,
            directory: directory,
            logSink: log
        )
        let handler = LeaseHandler(lease: lease, services: services, parallelSteps: 8, patience: .seconds(30))
        let task = Task { await handler.handle(control) }
        control.whenLost { task.cancel() }
        if await task.value { _ = try? await index.finish(lease) }
    }
}

func withBench(
    _ tasks: JSONValue,
    outputs: JSONObject = [:],
    secrets: [String: String] = [:],
    clock: WorkerClock? = nil,
    keepsJournal: Bool = true,
    fault: @escaping @Sendable (LAMMessage) -> FakeScheduler.Fault = { _ in .none },
    executor: FakeExecutor = FakeExecutor(),
    _ body: (Bench) async throws -> Void
) async throws {
    let loop = EventLoop(name: "test")
    try await withTemporaryDirectory { directory in
        let scenario: JSONObject = ["name": "test", "tasks": tasks, "outputs": .object(outputs)]
        let bench = Bench(
            scheduler: FakeScheduler(scenario, keepsJournal: keepsJournal, fault: fault),
            executor: executor,
            clock: clock ?? .live(on: loop),
            directory: directory,
            secrets: Secrets(values: secrets)
        )
        try await body(bench)
        #expect(files(in: directory).isEmpty, "files of the job are left")
        #expect(executor.sessions.opened == executor.sessions.closed, "sessions are left open")
    }
    await loop.shutdown()
}
