/// Metrics in the text form of Prometheus (exposition format 0.0.4).
package enum PrometheusText {
    /// Media type of the text.
    package static let type = "text/plain; version=0.0.4; charset=utf-8"

    /// Writes series, ordered by name as `MetricRegistry.snapshot` is.
    ///
    /// - Parameter help: a line for people by name.
    package static func encode(
        _ series: [(key: MetricRegistry.Key, value: MetricRegistry.Value)],
        help: [String: String] = [:]
    ) -> String {
        var text = ""
        var last: String?
        for (key, value) in series {
            if key.name != last {
                if let words = help[key.name] { text += "# HELP \(key.name) \(escape(words, quotes: false))\n" }
                text += "# TYPE \(key.name) \(value.type)\n"
                last = key.name
            }
            switch value {
            case .counter(let count): text += "\(key.name)\(labels(key.labels)) \(count)\n"
            case .gauge(let number): text += "\(key.name)\(labels(key.labels)) \(number)\n"
            case .histogram(let snapshot): text += histogram(key, snapshot)
            }
        }
        return text
    }

    private static func histogram(_ key: MetricRegistry.Key, _ snapshot: Histogram.Snapshot) -> String {
        var text = ""
        var sum: UInt64 = 0
        for (bound, count) in zip(snapshot.bounds.map { "\($0)" } + ["+Inf"], snapshot.counts) {
            // Buckets hold everything up to their bound; ours hold only what is above the one before.
            sum += count
            text += "\(key.name)_bucket\(labels(key.labels, bound: bound)) \(sum)\n"
        }
        text += "\(key.name)_sum\(labels(key.labels)) \(snapshot.sum)\n"
        return text + "\(key.name)_count\(labels(key.labels)) \(sum)\n"
    }

    private static func labels(_ labels: [String: String], bound: String? = nil) -> String {
        var pairs = labels.sorted { $0.key < $1.key }.map { "\($0.key)=\"\(escape($0.value, quotes: true))\"" }
        if let bound { pairs.append("le=\"\(bound)\"") }
        return pairs.isEmpty ? "" : "{\(pairs.joined(separator: ","))}"
    }

    private static func escape(_ text: String, quotes: Bool) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quotes: escaped += "\\\""
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}

extension MetricRegistry.Value {
    fileprivate var type: String {
        switch self {
        case .counter: "counter"
        case .gauge: "gauge"
        case .histogram: "histogram"
        }
    }
}
