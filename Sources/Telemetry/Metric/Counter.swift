import Synchronization

/// Something that is counted and never goes down; incremented from any thread.
package final class Counter: Sendable {
    private let count = Atomic<UInt64>(0)

    /// A counter at 0; usually from `MetricRegistry.counter`.
    package init() {}

    /// Counts.
    package func increment(by amount: UInt64 = 1) { count.wrappingAdd(amount, ordering: .relaxed) }

    /// What was counted so far.
    package var value: UInt64 { count.load(ordering: .relaxed) }
}
