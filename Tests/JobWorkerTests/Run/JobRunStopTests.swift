import Executors
import JSON
import JobModel
import Testing

@testable import JobWorker

@Suite struct JobRunStopTests {
    @Test func `cancelling stops the steps at work and starts no other`() {
        var run = RunHarness([entry("a"), entry("b", after: [0])])
        run.stop(.cancelled)
        #expect(run.cancels == 1)
        #expect(run.result == nil)
        run.fail("a", .cancelled)
        #expect(run.started.count == 1)
        #expect(run.result?.failure?.reason == .cancelled)
        #expect(run.result?.failure?.isRetryable == false)
    }

    @Test func `cancelling ends a pause at once`() {
        var run = RunHarness([
            entry("a") {
                $0.retries = 3
                $0.retry = RetryPolicy(.fixed(.seconds(100)))
            }
        ])
        run.fail("a")
        run.stop(.cancelled)
        #expect(run.result?.failure?.reason == .cancelled)
        #expect(run.history.last == "a:failed")
    }

    @Test func `a step that ends well in spite of the cancel is reported done`() {
        var run = RunHarness([entry("send", .effect), entry("b", after: [0])])
        run.stop(.cancelled)
        run.done("send")
        #expect(run.history.contains("send:done"))
        #expect(run.result?.failure?.reason == .cancelled)
    }

    @Test func `an effect stopped half-way is said to be in doubt and is not looked up any more`() {
        var run = RunHarness([entry("send", .effect)])
        run.stop(.cancelled)
        run.fail("send", .cancelled)
        #expect(run.modes("send") == [.executeEffect])
        #expect(run.reports.last?.failure?.mayHaveActed == true)
        #expect(run.result?.failure?.message.contains("may have acted") == true)
    }

    @Test func `a job that is held begins no further step until it may, but ends those at work`() {
        var run = RunHarness([entry("a"), entry("b", after: [0])])
        run.hold(true)
        run.done("a")
        #expect(run.history.last == "a:done" && run.started.count == 1 && run.result == nil)
        run.hold(false)
        run.done("b")
        #expect(run.result?.outputs == [:])
    }

    @Test func `a pause before the next try lasts at least as long as the hold`() {
        var run = RunHarness([
            entry("a") {
                $0.retries = 1
                $0.retry = RetryPolicy(.fixed(.seconds(10)))
            }
        ])
        run.hold(true)
        run.fail("a")
        run.pass(.seconds(60))
        #expect(run.started.count == 1)
        run.hold(false)
        #expect(run.started.count == 2)
    }

    @Test func `a job that is held can be stopped, by its time too`() {
        var run = RunHarness([entry("a"), entry("b", after: [0])], timeout: .seconds(60))
        run.hold(true)
        run.done("a")
        run.pass(.seconds(60))
        #expect(run.result?.failure?.reason == .timeout)
        var cancelled = RunHarness([entry("a"), entry("b", after: [0])])
        cancelled.hold(true)
        cancelled.done("a")
        cancelled.stop(.drain)
        #expect(cancelled.result?.isHandedBack == true)
    }

    @Test func `a job whose last step ends while it is held has ended`() {
        var run = RunHarness([entry("a")])
        run.hold(true)
        run.done("a")
        #expect(run.result?.outputs == [:])
    }

    @Test func `a drain hands the job back`() {
        var run = RunHarness([entry("a")])
        run.stop(.drain)
        run.fail("a", .cancelled)
        #expect(run.result?.isHandedBack == true)
    }

    @Test func `a drain that comes when the last step ends changes nothing`() {
        var run = RunHarness([entry("a")])
        run.stop(.drain)
        run.done("a")
        #expect(run.result?.outputs == [:])
    }

    @Test func `a lost lease abandons the job, even when it was being cancelled or all was done`() {
        var run = RunHarness([entry("a")])
        run.stop(.cancelled)
        run.stop(.lost)
        run.done("a")
        #expect(run.result?.isAbandoned == true)
    }

    @Test func `nothing is reported of a job whose lease is lost`() {
        var run = RunHarness([
            entry("a"),
            entry("b") {
                $0.retries = 1
                $0.retry = RetryPolicy(.fixed(.seconds(10)))
            },
        ])
        run.fail("b")
        let reported = run.history
        run.stop(.lost)
        run.fail("a", .cancelled)
        #expect(run.result?.isAbandoned == true)
        #expect(run.history == reported)
    }

    @Test func `a job that takes longer than its timeout is stopped`() {
        var run = RunHarness([entry("a")], timeout: .seconds(60))
        run.pass(.seconds(59))
        #expect(run.cancels == 0)
        run.pass(.seconds(1))
        #expect(run.cancels == 1)
        run.fail("a", .cancelled)
        #expect(run.result?.failure?.reason == .timeout)
        #expect(run.result?.failure?.isRetryable == true)
    }

    @Test func `what comes after the end changes nothing`() {
        var run = RunHarness([entry("a")])
        run.done("a")
        run.stop(.cancelled)
        #expect(run.cancels == 0)
        #expect(run.run.wakeAt == nil)
    }
}
