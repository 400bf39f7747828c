import Executors
import JSON
import JobModel
import Testing

@testable import JobWorker

@Suite struct JobRunOrderTests {
    @Test func `independent tasks run at once, dependent ones after what they wait for`() {
        var run = RunHarness([entry("a"), entry("b"), entry("c", after: [0, 1])])
        #expect(run.atWork == ["a", "b"])
        run.done("a")
        #expect(run.atWork == ["b"])
        run.done("b")
        #expect(run.atWork == ["c"])
        run.done("c")
        #expect(run.result?.outputs == [:])
    }

    @Test func `outputs of the job are resolved when all tasks have ended`() {
        var run = RunHarness([entry("a")], outputs: ["n": "$a.value", "how": "$a.status"])
        run.done("a", ["value": 7])
        #expect(run.result?.outputs == ["n": 7, "how": "done"])
    }

    @Test func `outputs that name nothing fail the job`() {
        var run = RunHarness([entry("a")], outputs: ["n": "$a.missing"])
        run.done("a")
        #expect(run.result?.failure?.reason == .invalidInput)
    }

    @Test func `a job without tasks is done at once`() {
        #expect(RunHarness([]).result?.outputs == [:])
    }

    @Test func `a failure skips what depends on it; other branches finish; its reason is the job's`() {
        var run = RunHarness([entry("a"), entry("b", after: [0]), entry("c", after: [1]), entry("d")])
        run.fail("a", .notFound, isRetryable: false)
        #expect(run.result == nil)
        #expect(run.history.contains("b:skipped"))
        #expect(run.history.contains("c:skipped"))
        run.fail("d", .timeout)
        #expect(run.result?.failure?.reason == .notFound)
        #expect(run.result?.failure?.step == "a")
        #expect(run.result?.failure?.isRetryable == false)
    }

    @Test func `a false condition skips the task and lets what depends on it go on`() {
        var run = RunHarness([entry("a") { $0.when = false }, entry("b", after: [0])])
        #expect(run.history.first == "a:skipped")
        #expect(run.reports.first?.skipReason == "condition")
        #expect(run.atWork == ["b"])
        run.done("b")
        #expect(run.result?.outputs == [:])
    }

    @Test func `a template that names nothing fails its task without starting it`() {
        let run = RunHarness([entry("a") { $0.text = "$missing.value" }])
        #expect(run.started.isEmpty)
        #expect(run.result?.failure?.reason == .invalidInput)
        #expect(run.result?.failure?.step == "a")
    }

    @Test func `at most eight steps are at work at once`() {
        var run = RunHarness((0..<20).map { entry("s\($0)") })
        #expect(run.atWork.count == 8)
        run.done(run.atWork[0])
        #expect(run.atWork.count == 8)
    }

    @Test func `tasks that wait for each other end the job instead of hanging it`() {
        let run = RunHarness([entry("a", after: [1]), entry("b", after: [0])])
        #expect(run.result?.failure?.reason == .internalError)
        #expect(run.result?.failure?.message.contains("a, b") == true)
    }
}
