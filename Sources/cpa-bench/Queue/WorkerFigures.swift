import ExecutorHost
import JSON

/// The whole worker: workspace, plan, steps and their reports, on jobs of one step that does nothing.
struct WorkerFigures: Sendable {
    let stage: QueueStage

    func process() async throws -> JSONObject {
        try await DurableFigures(stage: stage).withFilledScheduler { scheduler, _ in
            let ledger = Ledger(expecting: stage.options.jobs)
            let worker = try BenchWorker(
                stage: stage,
                link: DirectLink(scheduler: scheduler),
                executor: NoOpExecutor(whenAsked: ledger.done)
            )
            let seconds = try await ContinuousClock.seconds { try await worker.run(until: ledger) }
            await worker.close()
            return try await stage.result(seconds, ledger.members)
        }
    }
}
