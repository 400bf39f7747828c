import Executors
import JSON
import JobModel
import Testing

@testable import JobWorker

/// At most once: what is done with an effect when a worker, a page or an answer is lost at each of its moments.
@Suite struct JobRunEffectTests {
    @Test func `an effect is journalled before it acts`() {
        var run = RunHarness([entry("send", .effect)])
        #expect(run.modes("send") == [.executeEffect])
        run.done("send")
        #expect(run.reports.last?.isEffect == true)
    }

    @Test func `a task marked once is an effect whatever its action is`() {
        let run = RunHarness([entry("submit", .page, page: "main") { $0.once = true }])
        #expect(run.modes("submit") == [.executeEffect])
    }

    @Test func `a done effect is not repeated; its outputs are used again`() {
        var run = RunHarness(
            [entry("send", .effect), entry("next", after: [0]) { $0.text = "$send.id" }],
            journal: [.init("send"): row(["id": "m1"])]
        )
        #expect(run.modes("send").isEmpty)
        #expect(run.started.last?.task.text == "m1")
        run.done("next")
        #expect(run.result?.outputs == [:])
    }

    @Test func `an intent without result is looked up first`() {
        let run = RunHarness([entry("send", .effect)], journal: [.init("send"): row(nil)])
        #expect(run.modes("send") == [.verify])
    }

    @Test func `an intent of an effect that was only being prepared is no doubt: it is done now`() {
        var prepared = row(nil)
        prepared.mayHaveActed = false
        var run = RunHarness([entry("send", .effect)], journal: [.init("send"): prepared])
        #expect(run.modes("send") == [.executeEffect])
        run.done("send")
        #expect(run.result?.outputs == [:])
    }

    @Test func `looked up and it happened: done with what was found`() {
        var run = RunHarness([entry("send", .effect)], journal: [.init("send"): row(nil)], outputs: ["id": "$send.id"])
        run.end("send", .verified(.happened(StepOutcome(outputs: ["id": "m1"]))))
        #expect(run.modes("send") == [.verify])
        #expect(run.result?.outputs == ["id": "m1"])
    }

    @Test func `looked up and it did not happen: it is done now, with a new intent`() {
        var run = RunHarness([entry("send", .effect)], journal: [.init("send"): row(nil)])
        run.end("send", .verified(.didNotHappen))
        #expect(run.modes("send") == [.verify, .executeEffect])
        #expect(run.started.last?.attempt == 1)
        run.done("send")
        #expect(run.result?.outputs == [:])
    }

    @Test func `looked up and nobody can tell: a human must decide, whatever on_error says`() {
        var run = RunHarness(
            [
                entry("send", .effect) {
                    $0.onError = .continue
                    $0.retries = 5
                }
            ],
            journal: [.init("send"): row(nil)]
        )
        run.end("send", .verified(.unknown("the mailbox cannot be searched")))
        #expect(run.modes("send") == [.verify])
        #expect(run.result?.failure?.reason == .stepInDoubt)
        #expect(run.result?.failure?.message.contains("the mailbox cannot be searched") == true)
        #expect(run.result?.failure?.isRetryable == false)
    }

    @Test(arguments: [ReasonCode.timeout, .mailUnknownOutcome, .browserCrashed, .protocolError, .internalError])
    func `an effect whose answer was lost is looked up, never blindly repeated`(reason: ReasonCode) {
        var run = RunHarness([entry("send", .effect) { $0.retries = 5 }])
        run.fail("send", reason)
        #expect(run.modes("send") == [.executeEffect, .verify])
        run.end("send", .verified(.happened(StepOutcome())))
        #expect(run.result?.outputs == [:])
    }

    @Test func `an effect that surely did not happen is retried like any other step`() {
        var run = RunHarness([
            entry("send", .effect) {
                $0.retries = 1
                $0.retry = RetryPolicy(.fixed(.seconds(1)))
            }
        ])
        run.fail("send", .mailThrottled)
        run.pass(.seconds(1))
        #expect(run.modes("send") == [.executeEffect, .executeEffect])
        run.fail("send", .mailThrottled)
        #expect(run.result?.failure?.reason == .mailThrottled)
    }

    @Test func `a lost try that did not happen counts as a try`() {
        var run = RunHarness([
            entry("send", .effect) {
                $0.retries = 1
                $0.retry = RetryPolicy(.fixed(.zero))
            }
        ])
        for _ in 0..<2 {
            run.fail("send", .timeout)
            run.end("send", .verified(.didNotHappen))
            run.pass(.milliseconds(1))
        }
        #expect(run.modes("send") == [.executeEffect, .verify, .executeEffect, .verify])
        #expect(run.result?.failure?.reason == .timeout)
    }

    @Test func `a look-up that fails is repeated twice, then a human must decide`() {
        var run = RunHarness([entry("send", .effect)], journal: [.init("send"): row(nil)])
        for _ in 0..<2 {
            run.fail("send", .mailUnavailable)
            #expect(run.atWork.isEmpty)
            run.pass(.seconds(1))
        }
        run.fail("send", .mailUnavailable)
        #expect(run.modes("send") == [.verify, .verify, .verify])
        #expect(run.result?.failure?.reason == .stepInDoubt)
    }

    @Test func `a step in doubt outweighs an earlier plain failure`() {
        var run = RunHarness([entry("a"), entry("send", .effect)])
        run.fail("a", isRetryable: false)
        run.fail("send", .timeout)
        run.end("send", .verified(.unknown("?")))
        #expect(run.result?.failure?.reason == .stepInDoubt)
        #expect(run.result?.failure?.step == "send")
    }
}
