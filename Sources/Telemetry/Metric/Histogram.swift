import Synchronization

/// How often values fell into each bucket; recorded from any thread.
package final class Histogram: Sendable {
    /// Counts at one moment.
    package struct Snapshot: Sendable, Hashable {
        /// Upper bounds, inclusive, ascending.
        package var bounds: [Double]
        /// Values at or below each bound and above the one before; the last count is of those above every bound.
        package var counts: [UInt64]
        /// Sum of the values.
        package var sum: Double
        /// Number of values.
        package var count: UInt64 { counts.reduce(0, +) }
    }

    /// Seconds from 5 ms to 10 minutes: steps, requests, jobs.
    package static let durationBounds = [
        0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 180, 600,
    ]

    private let state: Mutex<Snapshot>

    /// An empty histogram; usually from `MetricRegistry.histogram`.
    ///
    /// - Parameter bounds: upper bounds of the buckets, ascending.
    package init(bounds: [Double] = durationBounds) {
        precondition(bounds == bounds.sorted(), "Cannot make a histogram of bounds that do not ascend")
        state = Mutex(Snapshot(bounds: bounds, counts: Array(repeating: 0, count: bounds.count + 1), sum: 0))
    }

    /// Records a value in the unit of the bounds; what is not a number is ignored.
    package func record(_ value: Double) {
        guard value.isFinite else { return }
        state.withLock { state in
            let bucket = state.bounds.firstIndex { value <= $0 } ?? state.bounds.count
            state.counts[bucket] += 1
            state.sum += value
        }
    }

    /// Records a duration in seconds.
    package func record(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        record(Double(seconds) + Double(attoseconds) / 1e18)
    }

    /// The counts now.
    package var snapshot: Snapshot { state.withLock { $0 } }
}
