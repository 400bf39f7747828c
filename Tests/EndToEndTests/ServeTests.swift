import EventLoops
import FoundationEssentials
import JSON
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#endif

extension EndToEnd {
    /// `cpa serve`, as a client of its API sees it.
    @Suite(.timeLimit(.minutes(2)), .retried) struct ServeTests {
        @Test func `a watcher gets hello, what was, what happens, and the end, numbered without holes`() async throws {
            try await withRedis { redis, _ in
                try await Desk.with { desk in
                    try await desk.serve(["--redis", redis.url, "--workers", "1"]) { server in
                        let job = try await server.submit(Scenarios.slow(seconds: 1))
                        let first = try await server.watched(job) { $0.hasBegun("slow") }
                        #expect(first.types.first == "hello")
                        let all = try await server.watched(job)
                        try #require(all.state == "done", "\(all.events)")
                        #expect(all.types.first == "hello" && all.types.last == "end")
                        #expect(all.sequence == Array(1...Int64(all.sequence.count)))
                        #expect(Array(all.sequence.prefix(first.sequence.count)) == first.sequence)
                        #expect(all.closeCode == 4000)
                    }
                }
            }
        }

        @Test func `a host that is not known is refused with the setting that makes it known`() async throws {
            try await Desk.with { desk in
                try await desk.serve(["--workers", "0"]) { server in
                    let port = try #require(server.address.split(separator: ":").last.flatMap { Int($0) })
                    let client = try await RawClient(on: desk.loop, port: port)
                    await client.send("GET /livez HTTP/1.1\r\nHost: desk.example\r\nConnection: close\r\n\r\n")
                    let answer = String(decoding: await client.receive { _ in false }, as: UTF8.self)
                    await client.close()
                    #expect(answer.hasPrefix("HTTP/1.1 421 "))
                    #expect(answer.contains("--allowed-hosts or CPA_ALLOWED_HOSTS"))
                }
            }
        }

        @Test func `every route of a job needs the key`() async throws {
            try await Desk.with { desk in
                try await desk.serve(["--workers", "0"]) { server in
                    let job = try await server.submit(Scenarios.short)
                    let routes: [(method: String, path: String, status: Int)] = [
                        ("GET", "/jobs", 200), ("GET", "/jobs/\(job)", 200), ("GET", "/jobs/\(job)/events", 200),
                        ("GET", "/audit/\(job)", 200), ("GET", "/jobs/none", 404), ("DELETE", "/jobs/\(job)", 200),
                        ("POST", "/jobs/\(job)/retry", 202),
                    ]
                    for (method, path, status) in routes {
                        let body: JSONObject? = method == "POST" ? [:] : nil
                        for key in ["", "wrong"] {
                            #expect(
                                try await server.call(method, path, body, key: key).status == 401,
                                "\(method) \(path)"
                            )
                        }
                        let answer = try await server.call(method, path, body)
                        #expect(answer.status == status, "\(method) \(path): \(answer.json.text())")
                    }
                    #expect(try await server.call("GET", "/jobs/\(job)").json["state"] == "pending")
                    let open = try await server.call("GET", "/health", key: "")
                    #expect(open.status == 200 && open.json["queue"] == nil)
                    #expect(try await server.call("GET", "/health").json["queue"] != nil)
                    let actions = try await server.call("GET", "/audit/\(job)").json["records"]?.array ?? []
                    #expect(actions.count >= 3, "\(actions)")
                }
            }
        }

        @Test func `a watch is ended by a signal, also by that of a terminal that was closed`() async throws {
            try await Desk.with { desk in
                try await desk.serve(["--workers", "1"]) { server in
                    let job = try await server.submit(Scenarios.slow(seconds: 20))
                    for (signal, code) in [(SIGINT, 130), (SIGTERM, 143), (SIGHUP, 143)] as [(Int32, Int64)] {
                        let watch = try await desk.start(
                            ["watch", job],
                            until: "open",
                            environment: ["CPA_SCHEDULER_URL": server.url]
                        )
                        let exit = try await watch.use {
                            await watch.process.signal(signal)
                            return await watch.process.waitForExit()
                        }
                        #expect(exit == .exited(code: code))
                    }
                    #expect(try await server.call("DELETE", "/jobs/\(job)").status < 300)
                }
            }
        }

        @Test func `the commands of a client do what the API does`() async throws {
            try await Desk.with { desk in
                try await desk.serve(["--workers", "1"]) { server in
                    var desk = desk
                    desk.environment["CPA_SCHEDULER_URL"] = server.url
                    let submitted = try await desk.run("cpa", ["submit", "scenarios/hello.yaml"])
                    try #require(submitted.exit == .exited(code: 0), "\(submitted.text)")
                    let job = submitted.output.filter { !$0.isWhitespace }
                    let watch = try await desk.run("cpa", ["watch", job, "--json"])
                    #expect(watch.exit == .exited(code: 0), "\(watch.text)")
                    #expect(watch.sequence == Array(1...Int64(max(1, watch.sequence.count))))
                    #expect(watch.result?["state"] == "done")
                    let place = desk.directory + "/fetched"
                    let fetched = try await desk.run("cpa", ["watch", job, "--json", "--download", place])
                    let files = fetched.result?["files"]?.object ?? [:]
                    #expect(!files.isEmpty, "\(fetched.text)")
                    for (name, path) in files {
                        let artifact = fetched.result?["artifacts"]?.array?.first { $0["name"]?.string == name }
                        let bytes = FileManager.default.contents(atPath: path.string ?? "")?.count
                        #expect(bytes == artifact?["bytes"]?.int, "\(name)")
                    }
                    #expect(Set(try FileManager.default.contentsOfDirectory(atPath: place)) == Set(files.keys))
                    let start = ["--not-before", "2999-01-01T00:00:00Z"]
                    let later = try await desk.run("cpa", ["submit", "scenarios/hello.yaml"] + start)
                    let waiting = later.output.filter { !$0.isWhitespace }
                    #expect(
                        try await desk.run("cpa", ["explain", waiting]).output.contains("not_due"),
                        "\(later.text)"
                    )
                    #expect(try await desk.run("cpa", ["jobs"]).output.contains(job))
                    #expect(try await desk.run("cpa", ["audit", job]).output.contains("submit"))
                    let cancelled = try await desk.run("cpa", ["cancel", job])
                    #expect(cancelled.exit == .exited(code: 1), "\(cancelled.text)")
                    desk.environment["CPA_API_KEY"] = "wrong"
                    let refused = try await desk.run("cpa", ["jobs"])
                    #expect(refused.exit == .exited(code: 1) && refused.errors.contains("key"), "\(refused.text)")
                }
            }
        }
    }
}
