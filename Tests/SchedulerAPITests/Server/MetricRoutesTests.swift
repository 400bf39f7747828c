import JSON
import JobModel
import Security
import Testing

@testable import SchedulerAPI

@Suite struct MetricRoutesTests {
    /// Value by series, as a scraper reads it; records what is not by the format.
    private func scrape(_ text: String) -> [String: Double] {
        var values: [String: Double] = [:]
        var types: [String: Substring] = [:]
        var described: Set<Substring> = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            let words = line.split(separator: " ", omittingEmptySubsequences: false)
            if line.hasPrefix("# HELP ") {
                described.insert(words[2])
                continue
            }
            if line.hasPrefix("# TYPE ") {
                #expect(types.updateValue(words[3], forKey: String(words[2])) == nil, "a type twice: \(line)")
                #expect(described.contains(words[2]), "no help for \(words[2])")
                continue
            }
            let match = line.wholeMatch(
                of: /([a-z_][a-z0-9_]*)(\{([a-z_][a-z0-9_]*="([^"\\\n]|\\["\\n])*",?)*\})? (-?[0-9.e+-]+|\+Inf)/
            )
            guard let match, let value = Double(match.5) else {
                Issue.record("not by the format: \(line)")
                continue
            }
            let name = String(match.1)
            let base = ["_bucket", "_sum", "_count"].reduce(name) {
                $0.hasSuffix($1) ? String($0.dropLast($1.count)) : $0
            }
            #expect(types[name] != nil || types[base] == "histogram", "no type before \(line)")
            let series = String(line.dropLast(words.last?.count ?? 0).dropLast())
            #expect(values.updateValue(value, forKey: series) == nil, "a series twice: \(line)")
        }
        #expect(text.hasSuffix("\n"))
        return values
    }

    @Test func `a scraper reads what happened, in the form of Prometheus`() async throws {
        try await Stage.with { stage in
            let id = try await stage.submit()
            _ = try await stage.submit("waits")
            try await stage.finish(id)
            _ = try await stage.call("GET", "/jobs/\(id)")
            _ = try await stage.call("GET", "/jobs/none")
            let answer = try await stage.call("GET", "/metrics")
            #expect(answer.field("Content-Type") == "text/plain; version=0.0.4; charset=utf-8")
            let values = scrape(String(decoding: answer.body, as: UTF8.self))
            #expect(values["jobs_total{status=\"done\"}"] == 1)
            #expect(values["tasks_total{action_type=\"goto\",status=\"done\"}"] == 1)
            #expect(values["task_duration_seconds_count{action_type=\"goto\"}"] == 1)
            #expect(values["task_duration_seconds_sum{action_type=\"goto\"}"] == 0.005)
            #expect(values["task_duration_seconds_bucket{action_type=\"goto\",le=\"+Inf\"}"] == 1)
            #expect(values["cpa_jobs_submitted_total"] == 2)
            #expect(values["cpa_queue_oldest_ready_seconds"] != nil)
            #expect(values["job_queue_length{state=\"ready\"}"] != nil)
            let shown = "cpa_http_requests_total{method=\"GET\",route=\"/jobs/{id}\""
            #expect(values["\(shown),status=\"2xx\"}"] == 1 && values["\(shown),status=\"4xx\"}"] == 1)
            #expect(values["cpa_http_request_duration_seconds_count{method=\"GET\",route=\"/jobs/{id}\"}"] == 2)
            #expect(!values.keys.contains { $0.contains(id) })
        }
    }

    @Test func `numbers of the house are not for other tenants`() async throws {
        try await Stage.with { stage in
            let other = try await stage.authority.createKey(name: "o", tenant: "other", role: .admin).reveal()
            for path in ["/metrics", "/pressure"] {
                #expect(try await stage.call("GET", path, key: other).status == 403)
            }
            _ = try await stage.submit()
            let pressure = try await stage.call("GET", "/pressure").json
            #expect(pressure["accepting"] == true && pressure["requests"] == 1)
            stage.server.drain()
            #expect(try await stage.call("GET", "/pressure").json["draining"] == true)
        }
    }
}
