import Executors
import JSON
import JobModel
import Testing

@testable import JobWorker

@Suite struct JobRunRetryTests {
    private static func retrying(_ id: String = "a") -> JobPlan.Entry {
        entry(id) {
            $0.retries = 2
            $0.retry = RetryPolicy(.fixed(.seconds(3)))
        }
    }

    @Test func `a retryable failure is tried again after its delay, as often as allowed`() {
        var run = RunHarness([Self.retrying()])
        for attempt in 1...2 {
            run.fail("a")
            #expect(run.atWork.isEmpty)
            run.pass(.milliseconds(2999))
            #expect(run.atWork.isEmpty)
            run.pass(.milliseconds(1))
            #expect(run.atWork == ["a"])
            #expect(run.started.last?.attempt == attempt + 1)
        }
        run.fail("a", .notVisible)
        #expect(run.result?.failure?.reason == .notVisible)
        #expect(
            run.history == [
                "a:running", "a:retrying", "a:running", "a:retrying", "a:running", "a:failed",
            ]
        )
        #expect(run.reports.last?.attempts == 3)
        #expect(run.reports.last?.duration == .seconds(6))
    }

    @Test func `a failure that cannot get better is not tried again`() {
        var run = RunHarness([Self.retrying()])
        run.fail("a", .invalidInput, isRetryable: false)
        #expect(run.result?.failure?.reason == .invalidInput)
    }

    @Test func `the delays are those of the policy, and chance gives every try the same again`() {
        var delays: [[Duration]] = []
        for _ in 1...2 {
            var run = RunHarness([
                entry("a") {
                    $0.retries = 3
                    $0.retry = RetryPolicy(.exponential(first: .seconds(8), factor: 2, cap: .seconds(20)), jitter: 0.5)
                }
            ])
            var waited: [Duration] = []
            for _ in 1...3 {
                run.fail("a")
                var pause = Duration.zero
                while run.atWork.isEmpty {
                    run.pass(.milliseconds(1))
                    pause += .milliseconds(1)
                }
                waited.append(pause)
            }
            delays.append(waited)
        }
        #expect(delays[0] == delays[1])
        for (pause, longest) in zip(delays[0], [8, 16, 20]) {
            #expect(pause <= .seconds(longest) && pause >= .seconds(longest) / 2)
        }
    }

    @Test func `a business error is tried again only where the policy names it`() {
        var run = RunHarness([Self.retrying()])
        run.fail("a", .expectationFailed)
        #expect(run.result?.failure?.reason == .expectationFailed)
        var named = RunHarness([
            entry("a") {
                $0.retries = 1
                $0.retry = RetryPolicy(.fixed(.zero), on: [.reason(.expectationFailed)])
            }
        ])
        named.fail("a", .expectationFailed, isRetryable: false)
        named.pass(.zero)
        #expect(named.started.last?.attempt == 2)
    }

    @Test(arguments: [ReasonCode.browserCrashed, .pageCrashed, .pageClosed])
    func `a crash takes the page session with it, so only the whole job is tried again`(reason: ReasonCode) {
        var run = RunHarness([Self.retrying()])
        run.fail("a", reason)
        #expect(run.result?.failure?.reason == reason)
        #expect(run.result?.failure?.isRetryable == true)
    }

    @Test func `on_error continue lets dependents go on without outputs`() {
        var run = RunHarness([entry("a") { $0.onError = .continue }, entry("b", after: [0]) { $0.text = "$a.status" }])
        run.fail("a", isRetryable: false)
        #expect(run.reports.last { $0.place.step == "a" }?.onError == "continue")
        #expect(run.started.last?.task.text == "failed")
        run.done("b")
        #expect(run.result?.outputs == [:])
    }

    @Test func `a fallback runs only after its owner failed, and its outputs stand for the owner's`() {
        var run = RunHarness([
            entry("a") { $0.onError = .fallback("f") }, entry("b", after: [0]) { $0.text = "$a.value" },
            entry("f", after: [1]),
        ])
        #expect(run.atWork == ["a"])
        run.fail("a", isRetryable: false)
        #expect(run.reports.last { $0.status == .failed }?.onError == "f")
        #expect(run.atWork == ["f"])
        run.done("f", ["value": "other way"])
        #expect(run.started.last?.task.text == "other way")
        run.done("b")
        #expect(run.result?.outputs == [:])
    }

    @Test func `a fallback that is not needed is skipped`() {
        var run = RunHarness([entry("a") { $0.onError = .fallback("f") }, entry("f"), entry("c", after: [1])])
        #expect(run.atWork == ["a"])
        run.done("a")
        #expect(run.reports.first { $0.place.step == "f" }?.skipReason == "not_needed")
        #expect(run.atWork == ["c"])
        run.done("c")
        #expect(run.result?.outputs == [:])
    }

    @Test func `when the fallback fails too, the job's reason is the first failure's`() {
        var run = RunHarness([entry("a") { $0.onError = .fallback("f") }, entry("b", after: [0]), entry("f")])
        run.fail("a", .notFound, isRetryable: false)
        run.fail("f", .timeout, isRetryable: false)
        #expect(run.history.contains("b:skipped"))
        #expect(run.result?.failure?.step == "f")
    }

    @Test func `a fallback listed before its owner on one page does not stop the page`() {
        var run = RunHarness([
            entry("f"), entry("b", after: [0]), entry("a", after: [1]) { $0.onError = .fallback("f") },
        ])
        #expect(run.atWork == ["b"])
        run.done("b")
        run.fail("a", isRetryable: false)
        run.done("f")
        #expect(run.result?.outputs == [:])
    }

    @Test func `one fallback may serve two tasks and runs once`() {
        let owner: (inout ToDo) -> Void = { $0.onError = .fallback("f") }
        var run = RunHarness([entry("a", change: owner), entry("b", change: owner), entry("f")])
        run.fail("a", isRetryable: false)
        run.done("f", ["value": 1])
        run.fail("b", isRetryable: false)
        #expect(run.result?.outputs == [:])
        #expect(run.modes("f").count == 1)
    }
}
