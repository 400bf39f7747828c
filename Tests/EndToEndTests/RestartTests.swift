import EventLoops
import JSON
import TestSupport
import Testing

extension EndToEnd {
    /// `cpa serve` killed and started again over the same data.
    @Suite(.timeLimit(.minutes(2)), .retried) struct RestartTests {
        @Test func `a killed server loses no job it accepted`() async throws {
            try await withRedis { redis, _ in
                try await Desk.with { desk in
                    let arguments = ["--redis", redis.url, "--lease", "4s", "--workers", "1"]
                    let jobs = try await desk.serve(arguments) { server in
                        var jobs = [try await server.submit(Scenarios.slow(seconds: 2))]
                        for _ in 0..<4 { jobs.append(try await server.submit(Scenarios.short)) }
                        _ = try await server.watched(jobs[0]) { $0.hasBegun("slow") }
                        await server.program.kill()
                        return jobs
                    }
                    try await desk.serve(arguments) { server in
                        for job in jobs {
                            let watched = try await server.watched(job)
                            #expect(watched.state == "done", "\(watched.events)")
                            #expect(watched.sequence == Array(1...Int64(max(1, watched.sequence.count))))
                        }
                    }
                }
            }
        }

        @Test func `a killed server without Redis loses no job it accepted`() async throws {
            try await Desk.with { desk in
                let jobs = try await desk.serve(["--workers", "0"]) { server in
                    var jobs: [String] = []
                    for _ in 0..<3 { jobs.append(try await server.submit(Scenarios.short)) }
                    await server.program.kill()
                    return jobs
                }
                try await desk.serve(["--workers", "1"]) { server in
                    for job in jobs {
                        let watched = try await server.watched(job)
                        #expect(watched.state == "done", "\(watched.events)")
                    }
                }
            }
        }
    }
}
