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

        @Test func `many runs leave no browser, no directory and nothing in Redis`() async throws {
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
                    let keys = try await Self.keysLeft(connection)
                    let commands = try await connection.send(["INFO", "commandstats"]).text ?? ""
                    await connection.close()
                    #expect(commands.contains("cmdstat_eval"), "the runs used another Redis")
                    #expect(keys == [])
                }
            }
        }

        @Test func `a run that could not begin leaves nothing in Redis`() async throws {
            try await withRedis { redis, loop in
                try await Desk.with { desk in
                    let run = try await desk.run(
                        "cpa",
                        ["run", "scenarios/hello.yaml", "--file", "x=/nope", "--redis", redis.url]
                    )
                    #expect(run.exit == .exited(code: 64), "\(run.text)")
                    let connection = RedisConnection(on: loop, to: try RedisAddress(url: redis.url))
                    let keys = try await connection.send(["KEYS", "*"])
                    await connection.close()
                    #expect(keys == .array([]))
                }
            }
        }

        private static func keysLeft(_ redis: RedisConnection) async throws -> [String] {
            let keys = try #require(try await redis.send(["KEYS", "*"]).array).compactMap(\.text)
            // What a claim took is remembered for some seconds.
            return keys.filter { !$0.contains(":op:") }.sorted()
        }

        @Test func `positive control: keys of a lease are noticed`() async throws {
            try await withRedis { redis, loop in
                let connection = RedisConnection(on: loop, to: try RedisAddress(url: redis.url))
                try await connection.send(["SET", "cpa:{run-1}:op:token", "job"])
                try await connection.send(["SET", "cpa:{run-1}:j:job", "leased"])
                for key in ["busy:default", "leased", "lost"] {
                    try await connection.send(["ZADD", RedisArgument("cpa:{run-1}:\(key)"), "1", "job"])
                }
                let keys = try await Self.keysLeft(connection)
                await connection.close()
                #expect(keys == ["busy:default", "j:job", "leased", "lost"].map { "cpa:{run-1}:\($0)" })
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

        @Test func `positive control: a browser whose directory is gone is noticed, with what it started`() async throws
        {
            let traces = Traces()
            let browser = try await Self.start(["sleep 60; :", "chromium --user-data-dir=/tmp/cpa-000000/p"])
            let left = try await traces.left()
            await browser.process.terminate(grace: .zero)
            await browser.loop.shutdown()
            #expect(left.count == 2 && left.contains { $0.contains("cpa-000000") }, "\(left)")
            #expect(try await traces.left() == [])
        }

        @Test func `positive control: a renderer whose browser is gone is noticed`() async throws {
            let traces = Traces()
            // The shell of the new session, whose group it is, ends at once.
            let orphan = #"/bin/sh -c "sleep 60; :" chromium --type=renderer"#
            _ = try await runScript("setsid /bin/sh -c '\(orphan) &' 2>/dev/null", in: "/tmp")
            let left = try await traces.left()
            let group = getpgid(try #require(left.first?.split(separator: " ").first.flatMap { Int32($0) }))
            kill(-group, SIGKILL)
            while waitpid(-group, nil, 0) > 0 {}
            #expect(left.count == 1 && left[0].contains("--type=renderer"), "\(left)")
            #expect(try await traces.left() == [])
        }

        /// A shell in place of a browser.
        private static func start(_ arguments: [String]) async throws -> (process: ChildProcess, loop: EventLoop) {
            let loop = EventLoop(name: "browser")
            let configuration = ChildProcessConfiguration(executable: "/bin/sh", arguments: ["-c"] + arguments)
            return (try await ChildProcess.start(on: loop, configuration), loop)
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
