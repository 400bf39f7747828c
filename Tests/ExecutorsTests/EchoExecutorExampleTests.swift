import Executors
import FoundationEssentials
import JSON
import JobModel
import TestSupport
import Testing

@Suite struct EchoExecutorExampleTests {
    @Test func `the example does its work and finds it again`() async throws {
        try await withTemporaryDirectory { base in
            let registry = ExecutorRegistry([EchoExecutor()])
            var task = ToDo(id: StepID("greet"), index: 0, action: .type)
            task.text = "Guten Tag"
            let step = Step(key: JournalKey(job: JobID("j1"), step: task.id), task: task, deadline: .now + .seconds(8))
            let workspace = JobWorkspace(directory: base + "/j1")
            let context = JobContext(job: JobID("j1"), tenant: .default, workspace: workspace)
            let session = try await registry.executor(for: task).openSession(for: context)
            guard case .didNotHappen = try await session.verify(step) else { throw StepFailureExpected() }
            let outcome = try await session.execute(step)
            #expect(outcome.outputs["text"] == "Guten Tag")
            guard case .happened(let found) = try await session.verify(step) else { throw StepFailureExpected() }
            #expect(found.artifacts == outcome.artifacts)
            await session.close()
        }
    }

    @Test func `docs/executors.md quotes the example as it is compiled`() throws {
        let tests = URL(filePath: #filePath).deletingLastPathComponent()
        let example = try String(contentsOf: tests.appending(path: "EchoExecutorExample.swift"), encoding: .utf8)
        let document = try String(
            contentsOf: tests.appending(path: "../../docs/executors.md").standardized,
            encoding: .utf8
        )
        #expect(document.contains("```swift\n" + example + "```\n"))
    }
}

private struct StepFailureExpected: Error {}
