import JobModel
import Redis
import Testing

@testable import JobQueue

/// What a job costs in round trips and in commands inside Redis: counts, which do not depend on how busy a machine is.
@Suite(.timeLimit(.minutes(1))) struct RedisTrafficTests {
    @Test func `a hundred jobs handed in together are one round trip, and few commands each`() async throws {
        try await withRedisIndex { stage in
            try await stage.index.enqueue([.job("first")])
            let jobs = (0..<100).map { DispatchEntry.job(JobID("job\($0)"), needs: ["goto", "click"]) }
            let traffic = try await stage.traffic { try await stage.index.enqueue(jobs) }
            #expect(traffic.scripts == 1)
            #expect(traffic.commands <= 17)
        }
    }

    @Test func `jobs that join others of their kind cost hardly more together than one alone`() async throws {
        try await withRedisIndex { stage in
            let needs: Set<String> = ["click", "extract", "fill", "goto", "screenshot"]
            try await stage.index.enqueue([.job("first", needs: needs)])
            for count in [1, 100] {
                let jobs = (0..<count).map { DispatchEntry.job(JobID("job\(count)-\($0)"), needs: needs) }
                let traffic = try await stage.traffic { try await stage.index.enqueue(jobs) }
                #expect(traffic.scripts == 1 && traffic.commands <= 7)
            }
        }
    }

    @Test func `a worker that takes ten at once pays a round trip for ten, and few commands each`() async throws {
        try await withRedisIndex { stage in
            try await stage.index.enqueue((0..<120).map { .job(JobID("job\($0)")) })
            let taken = try await stage.exchange([], upTo: 10)
            let traffic = try await stage.traffic {
                var held = taken
                for _ in 0..<10 { held = try await stage.exchange(held, upTo: 10) }
            }
            #expect(taken.count == 10)
            #expect(traffic.scripts == 10)
            #expect(traffic.commands <= 3 * 100)
        }
    }

    @Test func `a claim costs as many commands however many jobs wait`() async throws {
        try await withRedisIndex { stage in
            var costs: [Int] = []
            for count in [100, 5_000] {
                try await stage.index.enqueue((0..<count).map { .job(JobID("job\(count)-\($0)")) })
                let held = try await stage.exchange([], upTo: 1)
                let traffic = try await stage.traffic { _ = try await stage.exchange(held, upTo: 1) }
                costs.append(traffic.commands)
            }
            #expect(costs[0] == costs[1] && costs[0] <= 26)
        }
    }

    @Test func `a waiting job takes at most 400 bytes, whatever it needs`() async throws {
        try await withRedisIndex { stage in
            let needs: Set<String> = [
                "click", "expect", "extract", "fill", "goto", "press", "screenshot", "select", "send_mail", "wait_for",
            ]
            // Hash tables of Redis double: at a power of two they hold as many as they have room for.
            let count = 16_384
            let jobs = (0..<count).map { number in
                DispatchEntry.job(JobID("j01m7xpzjrf\(10_000_000_000 + number)"), needs: needs)
            }
            let before = try await stage.memory()
            try await stage.index.enqueue(jobs)
            let size = try await stage.memory() - before
            #expect(size / count <= 400)
        }
    }
}

extension RedisStage {
    fileprivate func exchange(_ finished: [Lease], upTo count: Int) async throws -> [Lease] {
        try await index.finish(
            finished,
            andClaimUpTo: count,
            worker: "w",
            capabilities: ["click", "goto"],
            lease: .seconds(60)
        ).claimed
    }

    /// Scripts run, and commands inside them.
    fileprivate func traffic(_ body: () async throws -> Void) async throws -> (scripts: Int, commands: Int) {
        try await redis.send(["CONFIG", "RESETSTAT"])
        try await body()
        let text = try await redis.send(["INFO", "commandstats"]).text ?? ""
        var calls: [Substring: Int] = [:]
        for line in text.split(whereSeparator: \.isNewline) where line.hasPrefix("cmdstat_") {
            let parts = line.dropFirst("cmdstat_".count).split(separator: ":", maxSplits: 1)
            let count = parts[1].split(separator: ",")[0].dropFirst("calls=".count)
            calls[parts[0]] = Int(count)
        }
        let outside: Set<Substring> = ["evalsha", "config|resetstat", "info", "script|load"]
        return (calls["evalsha"] ?? 0, calls.reduce(0) { $0 + (outside.contains($1.key) ? 0 : $1.value) })
    }

    fileprivate func memory() async throws -> Int {
        let text = try await redis.send(["INFO", "memory"]).text ?? ""
        let line = text.split(whereSeparator: \.isNewline).first { $0.hasPrefix("used_memory:") }
        return line.flatMap { Int($0.dropFirst("used_memory:".count)) } ?? 0
    }
}
