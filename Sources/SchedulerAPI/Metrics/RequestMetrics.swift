import Telemetry

/// What is counted of the requests of each route.
///
/// The route's template names a series, never the path that was asked for: their number is that of the table.
struct RequestMetrics: Sendable {
    private struct Line: Sendable {
        var counters: [Counter]
        var duration: Histogram
    }

    private static let bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60]

    private let lines: [Line]
    private let refused: Counter

    init(_ registry: MetricRegistry) {
        lines = RouteTable.routes.map { route in
            let labels = ["method": route.method, "route": route.path]
            return Line(
                counters: (1...5).map { kind in
                    registry.counter("cpa_http_requests_total", labels.merging(["status": "\(kind)xx"]) { $1 })
                },
                duration: registry.histogram("cpa_http_request_duration_seconds", labels, bounds: Self.bounds)
            )
        }
        refused = registry.counter("cpa_http_unknown_requests_total")
    }

    /// Counts a request.
    ///
    /// - Parameter line: its place in the table; nil when nothing is served there.
    func note(_ line: Int?, status: Int, _ duration: Duration) {
        guard let line else { return refused.increment() }
        lines[line].counters[min(max(status / 100, 1), 5) - 1].increment()
        lines[line].duration.record(duration)
    }
}
