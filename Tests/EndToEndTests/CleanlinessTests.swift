import EventLoops
import FoundationEssentials
import JSON
import Redis
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#endif

extension EndToEnd {
    /// What is left when the work is over: the files of the job, and nothing else.
    @Suite(.timeLimit(.minutes(10)), .retried, .serialized) struct CleanlinessTests {
        private static let runs =
            FileManager.default.contents(atPath: "/proc/self/environ").flatMap { data in
                String(decoding: data, as: UTF8.self).split(separator: "\0")
                    .first { $0.hasPrefix("CPA_RUNS=") }.flatMap { Int($0.dropFirst(9)) }
            } ?? 5

        @Test func `many runs leave no browser, no directory and no lease`() async throws {
            try await withRedis { redis, loop in
                try await Desk.with { desk in
                    let traces = Traces()
                    for _ in 0..<Self.runs {
                        let run = try await desk.run(
                            "cpa",
                            ["run", "scenarios/hello.yaml"],
                            environment: ["CPA_REDIS_URL": redis.url]
                        )
                        try #require(run.exit == .exited(code: 0), "\(run.text)")
                    }
                    #expect(try await traces.left() == [])
                    let jobs = try FileManager.default.contentsOfDirectory(atPath: desk.data + "/jobs")
                    #expect(jobs.count == Self.runs)
                    for job in jobs {
                        #expect(!FileManager.default.fileExists(atPath: "\(desk.data)/jobs/\(job)/work"))
                    }
                    let connection = RedisConnection(on: loop, to: try RedisAddress(url: redis.url))
                    let keys = try await connection.send(["KEYS", "*"])
                    await connection.close()
                    #expect(!"\(keys)".contains("lease"), "\(keys)")
                }
            }
        }

        @Test func `positive control: a directory that nobody holds is noticed`() async throws {
            let traces = Traces()
            var template = Array("/tmp/cpa-XXXXXX".utf8CString)
            let directory = try #require(mkdtemp(&template).map { String(cString: $0) })
            defer { rmdir(directory) }
            let left = try await traces.left()
            #expect(left == [directory])
        }

        @Test func `a run that is interrupted leaves nothing either`() async throws {
            try await Desk.with { desk in
                let traces = Traces()
                let path = try desk.write(Scenarios.slow(seconds: 20).text(), as: "slow.json")
                let program = try await desk.start(["run", path], until: "open")
                await program.process.signal(SIGINT)
                #expect(await program.process.waitForExit() == .exited(code: 130))
                #expect(try await traces.left() == [])
            }
        }
    }
}
