import EventLoops
import Glibc
import JSON

/// Our side of `tools/bench`: measures one figure and prints it as a JSON object.
@main struct Bench {
    static func main() async throws {
        if CommandLine.arguments.dropFirst().first == "queue" {
            return try await QueueBench.main(CommandLine.arguments.dropFirst(2))
        }
        if CommandLine.arguments.dropFirst().first == "mail" {
            return try await MailBench.main(CommandLine.arguments.dropFirst(2))
        }
        guard let options = BenchOptions(Array(CommandLine.arguments.dropFirst())) else {
            print(BenchOptions.usage)
            exit(64)
        }
        if options.figure == "intents" {
            print(JSONValue.object(try IntentFigures(iterations: options.iterations).measure()).text())
            return
        }
        let stage = Stage(options)
        let result = try await measure(options.figure, on: stage)
        await stage.close()
        print(JSONValue.object(result).text())
    }

    private static func measure(_ figure: String, on stage: Stage) async throws -> JSONObject {
        switch figure {
        case "contexts": try await ContextFigures(stage: stage).rate()
        case "lease": try await ContextFigures(stage: stage).lease()
        case "form": try await FormFigures(stage: stage).oneByOne()
        case "parallel": try await FormFigures(stage: stage).parallel()
        case "cpu": try await ResourceFigures(stage: stage).cpu()
        case "memory": try await ResourceFigures(stage: stage).memory()
        default: try await ActionFigures(stage: stage).measure(figure)
        }
    }
}
