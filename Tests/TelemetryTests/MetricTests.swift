import Testing

@testable import Telemetry

@Suite struct MetricTests {
    @Test func `the same name and labels give the same metric`() {
        let registry = MetricRegistry()
        registry.counter("cpa_jobs_total", ["state": "done"]).increment()
        registry.counter("cpa_jobs_total", ["state": "done"]).increment(by: 2)
        registry.counter("cpa_jobs_total", ["state": "failed"]).increment()
        let values = registry.snapshot.filter { $0.key.name == "cpa_jobs_total" }.map(\.value)
        #expect(values == [.counter(3), .counter(1)])
    }

    @Test func `a value falls into the first bucket whose bound it does not exceed`() {
        let histogram = Histogram(bounds: [1, 2])
        for value in [0.5, 1, 1.5, 99, .nan] { histogram.record(value) }
        histogram.record(.milliseconds(2000))
        #expect(histogram.snapshot.counts == [2, 2, 1])
        #expect(histogram.snapshot.sum == 104)
        #expect(histogram.snapshot.count == 5)
    }

    @Test func `a gauge goes up and down`() {
        let gauge = MetricRegistry().gauge("cpa_jobs_running")
        gauge.add(3)
        gauge.add(-1)
        #expect(gauge.value == 2)
        gauge.set(7)
        #expect(gauge.value == 7)
    }

    @Test func `series beyond the limit are counted, not kept`() {
        let registry = MetricRegistry()
        for index in 0..<3000 { registry.counter("cpa_x_total", ["id": String(index)]).increment() }
        let snapshot = registry.snapshot
        #expect(snapshot.count == 2049)
        #expect(snapshot.first { $0.key.name == "cpa_metrics_dropped_total" }?.value == .counter(952))
    }
}
