import Synchronization

/// A number that goes up and down: jobs running, browsers alive; set from any thread.
package final class Gauge: Sendable {
    private let current = Atomic<Int64>(0)

    /// A gauge at 0; usually from `MetricRegistry.gauge`.
    package init() {}

    /// Sets the number.
    package func set(_ value: Int64) { current.store(value, ordering: .relaxed) }

    /// Changes the number by `amount`, which may be negative.
    package func add(_ amount: Int64) { current.wrappingAdd(amount, ordering: .relaxed) }

    /// The number now.
    package var value: Int64 { current.load(ordering: .relaxed) }
}
