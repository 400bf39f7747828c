import JobModel
import Testing

struct RetryPolicyTests {
    private func longest(_ policy: RetryPolicy, _ failures: ClosedRange<Int>) -> [Int64] {
        failures.map { policy.delay(after: $0) { $0.upperBound } }
    }

    @Test func `fixed delays stay, listed ones go by and the last stays`() {
        #expect(longest(RetryPolicy(.fixed(.seconds(3))), 1...3) == [3_000, 3_000, 3_000])
        let list = RetryPolicy(.list([.seconds(1), .seconds(10), .seconds(60)]))
        #expect(longest(list, 1...5) == [1_000, 10_000, 60_000, 60_000, 60_000])
    }

    @Test func `exponential delays grow to their cap, and chance takes from them`() {
        #expect(longest(.job, 1...4) == [2_000, 4_000, 8_000, 16_000])
        #expect(longest(.job, 12...12) == [300_000])
        #expect(longest(.job, 4_000...4_000) == [300_000])
        #expect(RetryPolicy.job.delay(after: 3) { $0.lowerBound } == 0)
        let slow = RetryPolicy(.exponential(first: .seconds(1), factor: 1.5, cap: .seconds(3)))
        #expect(longest(slow, 1...4) == [1_000, 1_500, 2_250, 3_000])
    }

    @Test func `jitter is the share of a delay that chance decides`() {
        let policy = RetryPolicy(.fixed(.seconds(10)), jitter: 0.2)
        #expect(policy.delay(after: 1) { $0.lowerBound } == 8_000)
        #expect(policy.delay(after: 1) { $0.upperBound } == 10_000)
    }

    @Test func `application errors that may pass are tried again, business errors are not`() {
        for reason in ReasonCode.allCases {
            #expect(RetryPolicy.job.triesAgain(after: reason, mayPass: true) == (reason.kind == .application))
            #expect(!RetryPolicy.job.triesAgain(after: reason, mayPass: false))
        }
    }

    @Test func `a reason named is tried again whatever its kind, unless it is final`() {
        for reason in ReasonCode.allCases {
            let policy = RetryPolicy(.fixed(.zero), on: [.reason(reason)])
            #expect(policy.triesAgain(after: reason, mayPass: false) == (reason.kind != .final))
            #expect(!policy.triesAgain(after: reason == .ioError ? .timeout : .ioError, mayPass: true))
        }
    }

    @Test func `kinds can be added and reasons taken out`() {
        let all = RetryPolicy(
            .fixed(.zero),
            on: [.kind(.application), .kind(.business)],
            neverOn: [.reason(.timeout), .reason(.mailRejected)]
        )
        #expect(all.triesAgain(after: .ambiguous, mayPass: false))
        #expect(all.triesAgain(after: .ioError, mayPass: true))
        #expect(!all.triesAgain(after: .ioError, mayPass: false))
        #expect(!all.triesAgain(after: .timeout, mayPass: true))
        #expect(!all.triesAgain(after: .mailRejected, mayPass: true))
    }
}
