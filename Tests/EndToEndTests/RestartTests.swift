import EventLoops
import JSON
import TestSupport
import Testing

/// `cpa serve` killed and started again over the same data.
@Suite(.timeLimit(.minutes(2))) struct RestartTests {
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
