import Synchronization
import TestSupport
import Testing

/// The second chance other suites have.
@Suite(.retried) struct RetriedTests {
    private static let runs = Atomic(0)

    @Test func `a test that fails once is run again`() {
        #expect(Self.runs.add(1, ordering: .relaxed).newValue == 2)
    }
}
