import ExecutorHost
import JSON

/// The whole worker: workspace, plan, steps and their reports, on jobs of two steps that do nothing.
struct WorkerFigures: Sendable {
    let stage: QueueStage

    func process() async throws -> JSONObject {
        try await DurableFigures(stage: stage).withFilledScheduler { scheduler, store in
            // Of what was begun; what was done says the store.
            let ledger = Ledger(expecting: stage.options.jobs)
            let worker = try BenchWorker(
                stage: stage,
                link: DirectLink(scheduler: scheduler),
                executor: NoOpExecutor(whenAsked: ledger.done)
            )
            let seconds = try await ContinuousClock.seconds { try await worker.run(until: ledger) }
            await worker.close()
            var result = try await stage.result(seconds, ledger.members)
            result["lost"] = try await DurableFigures(stage: stage).undone(in: store)
            return result
        }
    }
}
