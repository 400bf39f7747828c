import Cryptography
import EventLoops
import FixtureServer
import FoundationEssentials
import HTTPClient
import JSON
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#endif

extension EndToEnd {
    /// A worker on another host: in a network of its own, with one wire to ours.
    @Suite(
        .timeLimit(.minutes(3)),
        .retried,
        .serialized,
        .enabled(if: geteuid() == 0, "Only root makes networks; run tools/test as root or with sudo")
    )
    struct OtherHostTests {
        @Test func `its wire cut, restored and slowed down, a job ends and its mail is sent once`() async throws {
            try await Wire.with { wire in
                try await office(wire) { server, fixtures in
                    // Cut for two leases while a page is open, and mended.
                    let first = try await server.submit(Scenarios.slow(seconds: 3, then: [Scenarios.mail]))
                    _ = try await told(server, first) { $0.contains { $0["step_id"] == "slow" } }
                    try await wire.set("down")
                    try await wire.loop.sleep(for: .seconds(7))
                    try await wire.set("up")
                    let events = try await told(server, first, until: hasEnded)
                    #expect(events.last?["data"]?["state"] == "done", "\(events)")
                    #expect(events.compactMap { $0["seq"]?.int } == Array(1...events.count))
                    let starts = events.count { $0["data"]?["worker"] != nil }
                    #expect(starts >= 2, "the cut cost no lease: \(events)")
                    #expect(await sent(fixtures) == 1)

                    // Slow: as over a telephone line, for a whole job.
                    try await wire.slow()
                    let second = try await server.submit(["name": "mail", "tasks": [Scenarios.mail]])
                    let slow = try await told(server, second, until: hasEnded)
                    #expect(slow.last?["data"]?["state"] == "done", "\(slow)")
                    #expect(await sent(fixtures) == 2)
                }
            }
        }

        @Test func `nothing is left of the network afterwards`() async throws {
            var name = ""
            try await Wire.with { wire in
                name = wire.name
                #expect(FileManager.default.fileExists(atPath: "/sys/class/net/\(name)"))
            }
            #expect(!FileManager.default.fileExists(atPath: "/sys/class/net/\(name)"))
        }

        @Sendable private func hasEnded(_ events: [JSONValue]) -> Bool { events.last?["type"] == "end" }

        /// The events of a job, once they are as wanted.
        private func told(
            _ server: RunningServer,
            _ job: String,
            until isWanted: @Sendable ([JSONValue]) -> Bool
        ) async throws -> [JSONValue] {
            let began = ContinuousClock.now
            while true {
                let answer = try await server.call("GET", "/jobs/\(job)/events?after=0&limit=1000")
                let events = answer.json["events"]?.array ?? []
                if isWanted(events) { return events }
                try #require(began.duration(to: .now) < .seconds(60), "\(answer.json.text())")
                try await server.desk.loop.sleep(for: .milliseconds(200))
            }
        }

        private func sent(_ fixtures: Fixtures) async -> Int {
            await fixtures.graph.messages(of: "buero@kanzlei.example", in: "sentitems").count
        }

        /// Redis, mail service and scheduler at our end of the wire, a worker at the other.
        private func office(
            _ wire: Wire,
            _ body: (RunningServer, Fixtures) async throws -> Void
        ) async throws {
            let arguments = ["--port", "6379", "--bind", wire.near, "--protected-mode", "no"]
            try await withRedis(arguments: arguments) { redis, loop in
                try await withTemporaryDirectory { directory in
                    let certificate = try await TestCertificate.make(in: directory, for: wire.near)
                    let fixtures = try await Fixtures.start(
                        on: loop,
                        host: wire.near,
                        tls: try TLSServerContext(certificateFile: certificate.certificate, keyFile: certificate.key)
                    )
                    let result: Result<Void, any Error>
                    do {
                        result = .success(
                            try await Desk.with { desk in
                                var desk = desk
                                desk.environment["CPA_REDIS_URL"] = "redis://\(wire.near):6379"
                                desk.environment["CPA_LEASE"] = "3s"
                                desk.environment["CPA_GRAPH_TENANT"] = fixtures.application.tenant
                                desk.environment["CPA_GRAPH_CLIENT_ID"] = fixtures.application.clientID
                                desk.environment["CPA_GRAPH_CLIENT_SECRET"] = fixtures.application.clientSecret
                                desk.environment["CPA_GRAPH_LOGIN_URL"] = fixtures.graphURL
                                desk.environment["CPA_GRAPH_URL"] = fixtures.graphURL + "/v1.0"
                                desk.environment["CPA_GRAPH_CA_FILE"] = certificate.authority
                                try await run(at: desk, wire, fixtures, body)
                            }
                        )
                    } catch { result = .failure(error) }
                    await fixtures.close()
                    try result.get()
                }
            }
        }

        private func run(
            at desk: Desk,
            _ wire: Wire,
            _ fixtures: Fixtures,
            _ body: (RunningServer, Fixtures) async throws -> Void
        ) async throws {
            try await desk.serve(["--workers", "0"], at: wire.near) { server in
                let worker = try await desk.start(
                    ["worker", "--scheduler", server.url, "--workers", "1", "--data-dir", desk.directory + "/branch"],
                    until: "Worker started",
                    environment: ["CPA_API_KEY": server.key],
                    inside: wire.enter
                )
                try await worker.use { try await body(server, fixtures) }
            }
        }
    }
}

/// A network namespace joined to ours by a veth pair; both live as long as the process that holds the namespace.
private struct Wire: Sendable {
    let loop: EventLoop
    /// Our end.
    let name: String
    /// The address of our end; only the other end can reach it from outside.
    let near: String
    private let far: String
    private let holder: ChildProcess
    private let processID: Int32

    /// What runs a program at the other end.
    var enter: [String] { ["/usr/bin/nsenter", "--target", "\(processID)", "--net", "--"] }

    static func with(_ body: (Wire) async throws -> Void) async throws {
        let loop = EventLoop(name: "wire")
        let holder = try await ChildProcess.start(
            on: loop,
            ChildProcessConfiguration(executable: "/usr/bin/unshare", arguments: ["--net", "/bin/sleep", "600"])
        )
        let wire = Wire(on: loop, holder, await holder.processID)
        let result: Result<Void, any Error>
        do {
            try await wire.lay()
            result = .success(try await body(wire))
        } catch { result = .failure(error) }
        await holder.terminate(grace: .zero)
        // The kernel takes the pair away a moment after the last process of the namespace.
        for _ in 0..<100 where FileManager.default.fileExists(atPath: "/sys/class/net/\(wire.name)") {
            try? await loop.sleep(for: .milliseconds(50))
        }
        await loop.shutdown()
        try result.get()
    }

    private init(on loop: EventLoop, _ holder: ChildProcess, _ processID: Int32) {
        self.loop = loop
        self.holder = holder
        self.processID = processID
        name = "cpa\(processID)"
        // Link-local (RFC 3927), four addresses a wire; test runs beside each other have other process ids.
        let block = "169.254.\(processID / 64 % 250 + 1)"
        near = "\(block).\(processID % 64 * 4 + 1)"
        far = "\(block).\(processID % 64 * 4 + 2)"
    }

    private func lay() async throws {
        // unshare(1) has become sleep(1) once the namespace is there.
        for _ in 0..<200 {
            let words = FileManager.default.contents(atPath: "/proc/\(processID)/cmdline") ?? .init()
            if String(decoding: words, as: UTF8.self).hasPrefix("/bin/sleep") { break }
            try await loop.sleep(for: .milliseconds(10))
        }
        try await ip("link", "add", name, "type", "veth", "peer", "name", "far", "netns", "\(processID)")
        try await ip("addr", "add", near + "/30", "dev", name)
        try await ip("link", "set", name, "up")
        for words in [
            ["addr", "add", far + "/30", "dev", "far"], ["link", "set", "far", "up"], ["link", "set", "lo", "up"],
        ] {
            try await run(enter + ["/sbin/ip"] + words)
        }
    }

    /// Takes our end `up` or `down`: a cut cable.
    func set(_ state: String) async throws { try await ip("link", "set", name, state) }

    /// 256 kbit a second and a queue of up to half a second (tbf; netem is in few kernels).
    func slow() async throws {
        try await run(
            [
                "/sbin/tc", "qdisc", "add", "dev", name, "root", "tbf", "rate", "256kbit", "burst", "3000", "latency",
                "500ms",
            ]
        )
    }

    private func ip(_ words: String...) async throws { try await run(["/sbin/ip"] + words) }

    private func run(_ words: [String]) async throws {
        let process = try await ChildProcess.start(
            on: loop,
            ChildProcessConfiguration(executable: words[0], arguments: Array(words.dropFirst()))
        )
        let exit = await process.waitForExit()
        try #require(exit == .exited(code: 0), "\(words.joined(separator: " "))")
    }
}
