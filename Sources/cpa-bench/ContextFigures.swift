import BrowserAutomation
import EventLoops
import JSON

/// Contexts with a page, lent and disposed one after the other.
struct ContextFigures: Sendable {
    let stage: Stage

    /// How many a second.
    func rate() async throws -> JSONObject {
        let (pool, seconds) = (stage.pool, stage.options.seconds)
        return try await Task(executorPreference: stage.loop) {
            try await settle()
            let start = ContinuousClock.now
            var count = 0
            while ContinuousClock.now - start < .seconds(seconds) {
                try await pool.giveBack(pool.lease())
                count += 1
            }
            return ["per_second": .number(Double(count) / ((ContinuousClock.now - start) / .seconds(1)))]
        }.value
    }

    /// How long a lease takes when jobs come at a rate, whether the one before is over or not.
    func lease() async throws -> JSONObject {
        let (pool, loop) = (stage.pool, stage.loop)
        let interval = Duration.seconds(1 / stage.options.rate)
        let count = Int(stage.options.seconds * stage.options.rate)
        let times = try await Task(executorPreference: loop) {
            try await settle()
            let start = ContinuousClock.now
            return try await withThrowingTaskGroup(of: Double.self) { group in
                for number in 0..<count {
                    group.addTask {
                        try await loop.sleep(for: start + interval * number - .now)
                        let asked = ContinuousClock.now
                        let lease = try await pool.lease()
                        let time = (ContinuousClock.now - asked) / .milliseconds(1)
                        await pool.giveBack(lease)
                        return time
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
        }.value
        return JSONObject(milliseconds: times)
    }

    /// The browser runs and the first contexts were lent.
    private func settle() async throws {
        for _ in 0..<3 { try await stage.pool.giveBack(stage.pool.lease()) }
        try await stage.loop.sleep(for: .milliseconds(500))
    }
}
