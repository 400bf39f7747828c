import Executors
import JSON
import JobModel

/// Gives back the text of a task and keeps it as a file: the smallest executor that does real work.
struct EchoExecutor: Executor {
    let name = "echo"
    let actions: Set<Action> = [.type]

    func effectClass(of task: ToDo) -> EffectClass { .effect }

    func openSession(for job: JobContext) -> any ExecutorSession {
        EchoSession(workspace: job.workspace)
    }
}

struct EchoSession: ExecutorSession {
    let workspace: any ArtifactWorkspace

    func execute(_ step: Step) async throws -> StepOutcome {
        guard let text = step.task.text else { throw step.task.invalid("needs 'text'") }
        let artifact = try await workspace.write(
            Array(text.utf8),
            name: fileName(of: step),
            contentType: "text/plain; charset=utf-8",
            overwrite: false
        )
        return outcome(text, artifact)
    }

    /// Did the effect of a run that vanished happen? The file under our key tells.
    func verify(_ step: Step) async throws -> Verification {
        guard let text = step.task.text else { return .didNotHappen }
        guard let artifact = await workspace.list().first(where: { $0.name == fileName(of: step) }) else {
            return .didNotHappen
        }
        return .happened(outcome(text, artifact))
    }

    func close() async {}

    /// Made of the journal key, so a later attempt finds what an earlier one did.
    private func fileName(of step: Step) -> String {
        "echo-\(step.key.step)-\(step.key.iteration).txt"
    }

    private func outcome(_ text: String, _ artifact: Artifact) -> StepOutcome {
        StepOutcome(outputs: ["text": .string(text)], artifacts: [artifact], touched: artifact.name)
    }
}
