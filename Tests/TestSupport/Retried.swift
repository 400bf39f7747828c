import Synchronization
package import Testing

/// Runs a test that failed a second time, and only the second time counts.
///
/// For tests that drive other programs against a clock: a machine that stands still for seconds makes an honest deadline
/// pass. What failed at first stays in the log as a known issue, so that a test which often needs its second time is seen.
/// A time limit covers both.
package struct Retried: SuiteTrait, TestTrait, TestScoping {
    package var isRecursive: Bool { true }

    package func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        let failures = Atomic(0)
        try await withKnownIssue("Failed at first; run again", isIntermittent: true) {
            try await function()
        } matching: { _ in
            failures.add(1, ordering: .relaxed)
            return true
        }
        if failures.load(ordering: .relaxed) > 0 { try await function() }
    }
}

extension Trait where Self == Retried {
    /// One more try for a test that failed.
    package static var retried: Self { Retried() }
}
