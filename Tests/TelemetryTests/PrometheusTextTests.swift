import Testing

@testable import Telemetry

@Suite struct PrometheusTextTests {
    @Test func `counters, gauges and histograms are written as the format says`() {
        let registry = MetricRegistry()
        registry.counter("a_total", ["z": "1", "b": "x"]).increment(by: 3)
        registry.counter("a_total").increment()
        registry.gauge("level").set(-4)
        let histogram = registry.histogram("wait_seconds", ["kind": "k"], bounds: [0.5, 1])
        for value in [0.25, 0.5, 0.75, 7] { histogram.record(value) }
        #expect(
            PrometheusText.encode(registry.snapshot, help: ["a_total": "Things \\ that\nwere \"done\""]) == """
                # HELP a_total Things \\\\ that\\nwere "done"
                # TYPE a_total counter
                a_total 1
                a_total{b="x",z="1"} 3
                # TYPE cpa_metrics_dropped_total counter
                cpa_metrics_dropped_total 0
                # TYPE level gauge
                level -4
                # TYPE wait_seconds histogram
                wait_seconds_bucket{kind="k",le="0.5"} 2
                wait_seconds_bucket{kind="k",le="1.0"} 3
                wait_seconds_bucket{kind="k",le="+Inf"} 4
                wait_seconds_sum{kind="k"} 8.5
                wait_seconds_count{kind="k"} 4

                """
        )
    }

    @Test func `what stands in a label cannot end it`() {
        let registry = MetricRegistry()
        registry.counter("a_total", ["b": "x\\\"}\n y"]).increment()
        #expect(PrometheusText.encode(registry.snapshot).contains("a_total{b=\"x\\\\\\\"}\\n y\"} 1\n"))
    }
}
