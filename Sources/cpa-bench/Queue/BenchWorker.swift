import EventLoops
import Executors
import JobModel
import JobQueue
import JobWorker
import Redis
import Telemetry

/// A worker as `cpa` has one, whose jobs do nothing.
struct BenchWorker: Sendable {
    private let heartbeatLoop = EventLoop(name: "cpa-heartbeat")
    private let heartbeats: RedisDispatchIndex
    private let worker: Worker

    /// - Parameters:
    ///   - executor: does the steps of jobs.
    ///   - handler: what is done with a job instead of running its steps.
    init(
        stage: QueueStage,
        link: any SchedulerLink,
        executor: any Executor = NoOpExecutor(),
        handler: Worker.Handler? = nil
    ) throws {
        heartbeats = try RedisDispatchIndex(at: try RedisAddress(url: stage.options.redis), on: heartbeatLoop)
        worker = Worker(
            options: WorkerOptions(
                id: QueueStage.worker,
                capacity: stage.options.concurrency,
                lease: QueueStage.lease
            ),
            services: WorkerServices(
                registry: ExecutorRegistry([executor]),
                link: link,
                secrets: NoSecrets(),
                clock: .live(on: stage.loop),
                directory: stage.options.directory,
                logSink: NoLog()
            ),
            index: stage.index,
            heartbeatIndex: heartbeats,
            heartbeatLoop: heartbeatLoop,
            handler: handler
        )
    }

    /// Works until the task is cancelled.
    func run() async { await worker.run() }

    /// Works until every job is done, and its lease given back.
    func run(until ledger: Ledger) async throws {
        let running = Task { await worker.run() }
        while !ledger.isComplete { try await Task.sleep(for: .milliseconds(5)) }
        await worker.drain()
        await running.value
    }

    func close() async {
        await heartbeats.close()
        await heartbeatLoop.shutdown()
    }
}

/// Offers every action there is, and does nothing.
struct NoOpExecutor: Executor {
    /// Told of each job that has a step to do.
    var whenAsked: @Sendable (JobID) -> Void = { _ in }
    let name = "browser"
    let actions = Set(Action.allCases)

    func effectClass(of task: ToDo) -> EffectClass { .read }
    func openSession(for job: JobContext) -> any ExecutorSession {
        whenAsked(job.job)
        return Session()
    }

    private struct Session: ExecutorSession {
        func execute(_ step: Step) -> StepOutcome { StepOutcome() }
        func verify(_ step: Step) -> Verification { .didNotHappen }
        func close() {}
    }
}

private struct NoLog: LogSink {
    func accepts(_ level: Logger.Level) -> Bool { false }
    func write(_ line: Logger.Line) {}
}

private struct NoSecrets: SecretSource {
    func secret(_ name: String, tenant: TenantID) -> String? { nil }
}
