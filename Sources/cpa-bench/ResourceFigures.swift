import BrowserAutomation
import JSON

/// What this process uses: Chromium's own processes are not counted.
struct ResourceFigures: Sendable {
    let stage: Stage

    /// Processor time an action, in milliseconds: a click, a fill and a read in turns.
    func cpu() async throws -> JSONObject {
        let rounds = stage.options.iterations
        let url = stage.options.url
        return try await stage.withPage { page in
            try await page.goto(url, waitUntil: .load, deadline: .seconds(30))
            for _ in 0..<20 { try await Self.actions(on: page) }
            let before = ProcessUsage.processorSeconds()
            for _ in 0..<rounds { try await Self.actions(on: page) }
            let used = ProcessUsage.processorSeconds() - before
            return ["cpu_ms": .number(used * 1000 / Double(rounds * 3))]
        }
    }

    private static func actions(on page: PageSession) async throws {
        let deadline = ContinuousClock.now + .seconds(30)
        try await page.click(Selector("h1"), until: deadline)
        try await page.fill(Selector("#name"), "Anna Muster", until: deadline)
        _ = try await page.extract(Selector("label[for=name]"), until: deadline)
    }

    /// Resident memory after so many jobs of ten steps, and how much it grew a thousand jobs once it had settled.
    func memory() async throws -> JSONObject {
        let (jobs, url) = (stage.options.iterations, stage.options.url)
        let settled = jobs / 4
        var start = 0
        for number in 0..<jobs {
            if number == settled { start = ProcessUsage.residentBytes() }
            try await stage.withPage { page in
                try await page.goto(url, waitUntil: .load, deadline: .seconds(30))
                for _ in 0..<3 { try await Self.actions(on: page) }
            }
        }
        let end = ProcessUsage.residentBytes()
        return [
            "rss_mb": .number(Double(end) / 1_048_576),
            "growth_mb": .number(Double(end - start) / 1_048_576 * 1000 / Double(max(1, jobs - settled))),
        ]
    }
}
