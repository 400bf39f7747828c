import EventLoops
import FoundationEssentials
import JSON
import TestSupport
import Testing

extension EndToEnd {
    /// What `cpa` says when the machine lacks what it needs.
    @Suite(.timeLimit(.minutes(3)), .retried, .serialized) struct BadSurroundingsTests {
        @Test func `without its Redis it names the address`() async throws {
            try await Desk.with { desk in
                let url = "unix://\(desk.directory)/nobody.sock"
                let arguments = ["run", "scenarios/hello.yaml"]
                let run = try await desk.run("cpa", arguments, environment: ["CPA_REDIS_URL": url])
                #expect(run.exit == .exited(code: 69), "\(run.text)")
                #expect(run.errors.contains("nobody.sock"), "\(run.text)")
                #expect(!FileManager.default.fileExists(atPath: desk.data + "/jobs"))
            }
        }

        @Test func `a server starts without its Redis, and what it accepted runs when that is there`() async throws {
            try await withRedis { redis, _ in
                await redis.stop()
                try await Desk.with { desk in
                    try await desk.serve(["--redis", redis.url, "--workers", "1"]) { server in
                        #expect(try await server.call("GET", "/readyz").status == 200)
                        #expect(try await server.call("GET", "/health").json["status"] == "degraded")
                        let file: JSONValue = ["action": "write_file", "path": "a.txt", "text": "a"]
                        let job = try await server.submit(["name": "waits", "tasks": [file]])
                        try await redis.start()
                        #expect(try await server.watched(job).state == "done")
                    }
                }
            }
        }

        @Test func `a second service on one Redis is told to name a queue of its own`() async throws {
            try await withRedis { redis, _ in
                let arguments = ["--redis", redis.url, "--workers", "0"]
                try await Desk.with { other in
                    try await Desk.with { desk in
                        try await desk.serve(arguments) { _ in
                            let run = try await other.run("cpa", ["serve", "--listen", "127.0.0.1:0"] + arguments)
                            #expect(run.exit == .exited(code: 64), "\(run.text)")
                            #expect(run.errors.contains(desk.data) && run.errors.contains("--queue"), "\(run.text)")
                            try await other.serve(arguments + ["--queue", "other"]) { _ in }
                        }
                    }
                    // The first gave it back.
                    try await other.serve(arguments) { _ in }
                }
            }
        }

        @Test func `without Chromium it names the path and what to install`() async throws {
            try await Desk.with { desk in
                let traces = Traces()
                let run = try await desk.run(
                    "cpa",
                    ["run", "scenarios/hello.yaml"],
                    environment: ["CPA_BROWSER_PATH": "/nonexistent/chromium"]
                )
                #expect(run.exit == .exited(code: 1), "\(run.text)")
                #expect(run.text.contains("/nonexistent/chromium") && run.text.contains("apt install"), "\(run.text)")
                #expect(try await traces.left() == [])
            }
        }

        @Test func `a server that can do no mail accepts one, and it waits for a worker that can`() async throws {
            try await Desk.with { desk in
                var desk = desk
                desk.environment["CPA_BROWSER_PATH"] = "/nonexistent/chromium"
                try await desk.serve(["--workers", "1"]) { server in
                    let page: JSONValue = ["action": "goto", "url": "https://portal.example/"]
                    for task in [Scenarios.mail, page] {
                        let job = try await server.submit(["name": "waits", "tasks": [task]])
                        // The worker is free and takes what it can: this one goes by.
                        let file: JSONValue = ["action": "write_file", "path": "a.txt", "text": "a"]
                        let other = try await server.submit(["name": "goes", "tasks": [file]])
                        #expect(try await server.watched(other).state == "done")
                        #expect(try await server.call("GET", "/jobs/\(job)").json["state"] == "pending")
                        let explained = try await server.call("GET", "/jobs/\(job)/explain").json.text()
                        #expect(explained.contains("no_capable_worker"), "\(explained)")
                    }
                }
            }
        }

        @Test func `a port that is taken is named with a way out`() async throws {
            try await Desk.with { desk in
                try await desk.serve(["--workers", "0"]) { server in
                    let second = try await desk.run(
                        "cpa",
                        [
                            "serve", "--listen", server.address, "--data-dir", desk.directory + "/second", "--workers",
                            "0",
                        ]
                    )
                    #expect(second.exit == .exited(code: 69), "\(second.text)")
                    #expect(
                        second.errors.contains(server.address) && second.errors.contains("--listen"),
                        "\(second.text)"
                    )
                }
            }
        }

        @Test func `an address that is not this machine's is not taken for one in use`() async throws {
            try await Desk.with { desk in
                let run = try await desk.run("cpa", ["serve", "--listen", "192.0.2.1:7290", "--workers", "0"])
                #expect(run.exit == .exited(code: 69), "\(run.text)")
                #expect(
                    run.errors.contains("192.0.2.1:7290") && run.errors.contains("an address of this machine"),
                    "\(run.text)"
                )
                #expect(!run.errors.contains("another 'cpa serve'"), "\(run.text)")
            }
        }

        @Test func `a data directory in use is named`() async throws {
            try await Desk.with { desk in
                try await desk.serve(["--workers", "0"]) { _ in
                    let second = try await desk.run("cpa", ["serve", "--listen", "127.0.0.1:0", "--workers", "0"])
                    #expect(second.exit == .exited(code: 69), "\(second.text)")
                    #expect(second.errors.contains(desk.data), "\(second.text)")
                }
            }
        }

        @Test func `a server whose data directory was moved accepts nothing until it is back`() async throws {
            try await Desk.with { desk in
                try await desk.serve(["--workers", "0"]) { server in
                    try FileManager.default.moveItem(atPath: desk.data, toPath: desk.data + "-moved")
                    #expect(try await server.call("GET", "/readyz").status == 503)
                    let refused = try await server.call("POST", "/jobs", ["scenario": .object(Scenarios.short)])
                    #expect(refused.status == 503 && refused.json.text().contains(desk.data), "\(refused.json.text())")
                    try FileManager.default.moveItem(atPath: desk.data + "-moved", toPath: desk.data)
                    #expect(try await server.call("GET", "/readyz").status == 200)
                    _ = try await server.submit(Scenarios.short)
                }
            }
        }

        @Test func `a server that was started with few open files asks for as many as it may have`() async throws {
            try await Desk.with { desk in
                let program = try await desk.start(
                    ["serve", "--listen", "127.0.0.1:0", "--workers", "0"],
                    until: "The API listens",
                    inside: ["/bin/sh", "-c", "ulimit -Sn 256; ulimit -Hn 4096; exec \"$@\"", "sh"]
                )
                try await program.use {
                    let limits = desk.text("/proc/\(await program.process.processID)/limits")
                    let files = limits.split(whereSeparator: \.isNewline).first { $0.hasPrefix("Max open files") }
                    let numbers = files?.split(separator: " ").compactMap { Int($0) }
                    #expect(numbers == [4_096, 4_096])
                }
            }
        }

        @Test func `a file too large for the disk is named, and no job is left`() async throws {
            try await Desk.with { desk in
                let large = try desk.write(String(repeating: "x", count: 3 << 20), as: "large.txt")
                let path = try desk.write(Self.hash, as: "hash.yaml")
                // Files of 1 MiB at most: what a full disk looks like to a program, without being root.
                let run = try await desk.run(
                    "cpa",
                    ["run", path, "--file", "large.txt=" + large],
                    shell: "trap '' XFSZ; ulimit -f 2048"
                )
                #expect(run.exit == .exited(code: 69), "\(run.text)")
                #expect(run.errors.contains(desk.data) && run.errors.contains("free space"), "\(run.text)")
                #expect(try FileManager.default.contentsOfDirectory(atPath: desk.data + "/jobs") == [])
            }
        }

        private static let hash = """
            name: hash
            tasks:
              - { action: hash_file, path: large.txt }
            """
    }
}
