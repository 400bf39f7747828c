import Synchronization

/// All metrics of a process by name and labels; an exporter reads `snapshot`.
///
/// Asking twice for the same name and labels gives the same metric. At most 2048 series are kept: what is asked for beyond
/// that works, but is not exported and is counted in `cpa_metrics_dropped_total`, so a label with unbounded values costs no
/// memory.
package final class MetricRegistry: Sendable {
    /// Names one series.
    package struct Key: Hashable, Sendable {
        /// `cpa_jobs_finished_total` and the like: snake_case, unit as suffix.
        package var name: String
        /// Few values a label: state, reason, action.
        package var labels: [String: String]
    }

    /// One series at one moment.
    package enum Value: Sendable, Hashable {
        case counter(UInt64)
        case gauge(Int64)
        case histogram(Histogram.Snapshot)
    }

    private enum Metric {
        case counter(Counter)
        case gauge(Gauge)
        case histogram(Histogram)
    }

    private static let seriesLimit = 2048
    private static let droppedName = "cpa_metrics_dropped_total"

    private let metrics = Mutex<[Key: Metric]>([:])
    private let dropped = Counter()

    /// An empty registry.
    package init() {}

    /// The counter of that name and labels.
    package func counter(_ name: String, _ labels: [String: String] = [:]) -> Counter {
        metric(Key(name: name, labels: labels), make: { .counter(Counter()) }) { metric in
            if case .counter(let counter) = metric { counter } else { nil }
        }
    }

    /// The gauge of that name and labels.
    package func gauge(_ name: String, _ labels: [String: String] = [:]) -> Gauge {
        metric(Key(name: name, labels: labels), make: { .gauge(Gauge()) }) { metric in
            if case .gauge(let gauge) = metric { gauge } else { nil }
        }
    }

    /// The histogram of that name and labels; `bounds` matter only the first time.
    package func histogram(
        _ name: String,
        _ labels: [String: String] = [:],
        bounds: [Double] = Histogram.durationBounds
    ) -> Histogram {
        metric(Key(name: name, labels: labels), make: { .histogram(Histogram(bounds: bounds)) }) { metric in
            if case .histogram(let histogram) = metric { histogram } else { nil }
        }
    }

    /// Every series, ordered by name, then labels.
    package var snapshot: [(key: Key, value: Value)] {
        var series: [(key: Key, value: Value)] = metrics.withLock { $0 }.map { key, metric in
            switch metric {
            case .counter(let counter): (key, .counter(counter.value))
            case .gauge(let gauge): (key, .gauge(gauge.value))
            case .histogram(let histogram): (key, .histogram(histogram.snapshot))
            }
        }
        series.append((Key(name: Self.droppedName, labels: [:]), .counter(dropped.value)))
        return series.sorted { ($0.key.name, $0.key.sortedLabels) < ($1.key.name, $1.key.sortedLabels) }
    }

    private func metric<M>(_ key: Key, make: () -> Metric, cast: (Metric) -> M?) -> M {
        let (found, isKept) = metrics.withLock { metrics in
            if let known = metrics[key] { return (known, true) }
            let new = make()
            let isKept = metrics.count < Self.seriesLimit
            if isKept { metrics[key] = new }
            return (new, isKept)
        }
        if !isKept { dropped.increment() }
        guard let metric = cast(found) else {
            preconditionFailure("Cannot use the metric '\(key.name)' as two different kinds")
        }
        return metric
    }
}

extension MetricRegistry.Key {
    fileprivate var sortedLabels: String {
        labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
    }
}
