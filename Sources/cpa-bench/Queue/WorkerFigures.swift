import EventLoops
import ExecutorHost
import Executors
import JSON
import JobModel
import JobQueue
import JobScheduler
import JobWorker
import Redis
import Telemetry

/// The whole worker: workspace, plan, steps and their reports, on jobs of one step that does nothing.
struct WorkerFigures: Sendable {
    let stage: QueueStage

    func process() async throws -> JSONObject {
        try await DurableFigures(stage: stage).withFilledScheduler { scheduler, _ in
            let ledger = Ledger(expecting: stage.options.jobs)
            let heartbeatLoop = EventLoop(name: "cpa-heartbeat")
            let heartbeats = try RedisDispatchIndex(at: try RedisAddress(url: stage.options.redis), on: heartbeatLoop)
            let worker = Worker(
                options: WorkerOptions(id: QueueStage.worker, capacity: stage.options.concurrency),
                services: WorkerServices(
                    registry: ExecutorRegistry([NoOpExecutor(ledger: ledger)]),
                    link: DirectLink(scheduler: scheduler),
                    secrets: NoSecrets(),
                    clock: .live(on: stage.loop),
                    directory: stage.options.directory,
                    logSink: NoLog()
                ),
                index: stage.index,
                heartbeatIndex: heartbeats,
                heartbeatLoop: heartbeatLoop
            )
            let seconds = try await ContinuousClock.seconds {
                let running = Task { await worker.run() }
                while try await stage.index.depth() != DispatchDepth(ready: 0, delayed: 0, leased: 0) {
                    try await Task.sleep(for: .milliseconds(5))
                }
                await worker.drain()
                await running.value
            }
            await heartbeats.close()
            await heartbeatLoop.shutdown()
            return try await stage.result(seconds, ledger.members)
        }
    }
}

/// Does nothing, and writes down for whom.
private struct NoOpExecutor: Executor {
    let ledger: Ledger
    let name = "browser"
    let actions: Set<Action> = [.goto, .screenshot]

    func effectClass(of task: ToDo) -> EffectClass { .read }
    func openSession(for job: JobContext) -> any ExecutorSession {
        ledger.done(job.job)
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
