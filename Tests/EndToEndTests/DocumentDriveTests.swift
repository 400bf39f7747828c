import FoundationEssentials
import TestSupport
import Testing

extension EndToEnd {
    /// The API driven by its own document, by a program that knows nothing else of it.
    @Suite(.timeLimit(.minutes(5)), .retried) struct DocumentDriveTests {
        /// The first run puts schemathesis into `.build/fuzz-api-venv`, from PyPI as the machine is set up for it.
        @Test func `schemathesis finds no failure and no answer the document does not have, on any route`() async throws
        {
            let run = try await CommandRun.run(
                "/usr/bin/python3",
                [
                    Desk.package + "/tools/fuzz.d/api.py", "--cpa", Desk.products + "/cpa", "--seconds", "220",
                    "--examples", "1", "--phases", "examples,coverage,fuzzing",
                ],
                environment: ProcessInfo.processInfo.environment
            )
            #expect(run.isSuccess, "\(run.text)")
            // Whoever ran out of time, or found no routes, tried nothing.
            let tested = run.text.firstMatch(of: /Tested: (\d+)/).flatMap { Int($0.output.1) }
            #expect(tested ?? 0 >= 50, "\(run.text)")
        }
    }
}
