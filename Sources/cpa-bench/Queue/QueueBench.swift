import EventLoops
import Glibc
import JSON

/// Our side of `tools/bench queue`: measures one figure and prints it as a JSON object.
enum QueueBench {
    static func main(_ arguments: some Collection<String>) async throws {
        guard let options = QueueOptions(arguments) else {
            print(QueueOptions.usage)
            exit(64)
        }
        let stage = try QueueStage(options)
        let result = try await measure(options, on: stage)
        await stage.close()
        print(JSONValue.object(result).text())
    }

    private static func measure(_ options: QueueOptions, on stage: QueueStage) async throws -> JSONObject {
        let alone = IndexFigures(stage: stage)
        let durable = DurableFigures(stage: stage)
        switch options.figure {
        case "process": return try await run(on: stage.loop) { try await alone.process() }
        case "submit": return try await run(on: stage.loop) { try await alone.submit(by: 1) }
        case "submit-bulk": return try await run(on: stage.loop) { try await alone.submit(by: options.batch) }
        case "claim-cost": return try await run(on: stage.loop) { try await alone.claimCost() }
        case "pickup": return try await run(on: stage.loop) { try await alone.pickup() }
        case "durable": return try await durable.process()
        case "durable-submit": return try await durable.submit(by: 1)
        case "durable-bulk": return try await durable.submit(by: options.batch)
        case "durable-pickup": return try await durable.pickup()
        case "worker": return try await WorkerFigures(stage: stage).process()
        default:
            print(QueueOptions.usage)
            exit(64)
        }
    }

    /// Runs where the index does, so that a call costs no change of thread; the program's workers and callers pay for
    /// that, in the figures of the scheduler and the worker.
    private static func run(
        on loop: EventLoop,
        _ body: @escaping @Sendable () async throws -> JSONObject
    ) async throws -> JSONObject {
        try await Task(executorPreference: loop, operation: body).value
    }
}
