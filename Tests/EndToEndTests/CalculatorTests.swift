import EventLoops
import FoundationEssentials
import HTTPClient
import JSON
import TestSupport
import Testing

extension EndToEnd {
    /// `scenarios/calculator`: agents outside, in another language, on both ways.
    @Suite(.timeLimit(.minutes(2)), .retried) struct CalculatorTests {
        private func agent(
            _ name: String,
            _ arguments: [String],
            _ server: RunningServer
        ) async throws -> RunningProgram {
            try await RunningProgram(
                on: server.desk.loop,
                ChildProcessConfiguration(
                    executable: "/usr/bin/python3",
                    arguments: [
                        Desk.package + "/scenarios/calculator/agent.py", "--name", name, "--scheduler", server.url,
                    ] + arguments,
                    environment: ["PATH": "/usr/bin:/bin", "CPA_API_KEY": server.key, "PYTHONDONTWRITEBYTECODE": "1"],
                    workingDirectory: server.desk.directory
                ),
                until: "\"agent\""
            )
        }

        @Test func `tasks go to agents that fetch and to agents that listen, and their results come together`()
            async throws
        {
            try await Desk.with { desk in
                try await desk.serve(["--workers", "1", "--agent-endpoints", "127.0.0.1"]) { server in
                    var desk = desk
                    desk.environment["CPA_SCHEDULER_URL"] = server.url
                    let fetching = try await agent("fetching", [], server)
                    try await fetching.use {
                        let listening = try await agent("listening", ["--port", "0"], server)
                        try await listening.use { [desk] in
                            let run = try await desk.run(
                                "cpa",
                                ["submit", "scenarios/calculator/calculator.yaml", "--wait", "--json"]
                            )
                            try #require(run.exit == .exited(code: 0), "\(run.text)")
                            #expect(run.result?["outputs"]?["value"]?.double == 37, "\(run.text)")
                            let agents = Set(run.result?["outputs"]?["agents"]?.array?.compactMap(\.string) ?? [])
                            #expect(agents == ["fetching", "listening"], "\(run.text)")
                            try await check(try #require(run.objects.first?["id"]?.string), server)
                        }
                    }
                }
            }
        }

        /// What is on record of it.
        private func check(_ job: String, _ server: RunningServer) async throws {
            let history = try await server.call("GET", "/jobs/\(job)/messages").json["messages"]?.array ?? []
            let types = history.compactMap { $0["type"]?.string }
            #expect(types.filter { $0 == "assign" }.count == 4, "\(types)")
            #expect(types.filter { $0 == "confirm" }.count == 4, "\(types)")
            let audit = try await server.call("GET", "/audit/\(job)").json["records"]?.array ?? []
            let actions = audit.compactMap { $0["action"]?.string }
            #expect(actions.filter { $0 == "agent.assigned" }.count == 4, "\(actions)")
            let list = try await server.call("GET", "/agents").json["agents"]?.array ?? []
            #expect(list.compactMap { $0["status"]?.string } == ["online", "online"])
            let endpoints = list.compactMap { $0["endpoint"]?.string }
            let endpoint = try #require(endpoints.first)
            let assignments = history.filter { $0["type"] == "assign" }
            let last = try #require(assignments.last?["message"])
            for signature in ["", "v1,AAAA"] {
                let forged = HTTPClientRequest(
                    method: "POST",
                    url: endpoint + "/tasks",
                    headers: [
                        ("webhook-id", "m1"), ("webhook-timestamp", "\(Int(Date().timeIntervalSince1970))"),
                        ("webhook-signature", signature),
                    ],
                    body: .bytes(last.serialized())
                )
                #expect(try await server.desk.transport.execute(forged).status == 401, "not one of cpa's")
            }
        }

        /// A job of one task for an agent.
        private static func delegating(_ capability: String, _ input: JSONValue) -> JSONObject {
            let task: JSONValue = [
                "id": "calculate", "action": "delegate", "capability": .string(capability), "input": input,
            ]
            return ["name": "calculation", "tasks": [task]]
        }

        @Test func `while the secret changes, an agent that knows the old one goes on taking tasks`() async throws {
            try await Desk.with { desk in
                let arguments = ["--workers", "1", "--agent-endpoints", "127.0.0.1"]
                let listening = try await desk.serve(arguments) { server in
                    try await agent("listening", ["--port", "0"], server)
                }
                try await listening.use {
                    let before = desk.directory + "/webhook-secret-before"
                    try FileManager.default.moveItem(atPath: desk.data + "/webhook-secret", toPath: before)
                    var changing = desk
                    changing.environment["CPA_WEBHOOK_PREVIOUS_SECRET_FILE"] = before
                    try await changing.serve(arguments) { server in
                        let job = try await server.submit(Self.delegating("calculator.add", ["a": 1, "b": 2]))
                        let watched = try await server.watched(job)
                        #expect(watched.state == "done", "\(watched.events)")
                        let made = desk.text(desk.data + "/webhook-secret")
                        #expect(!made.isEmpty && made != desk.text(before))
                    }
                }
            }
        }

        @Test func `what an agent cannot do is said with its words`() async throws {
            try await Desk.with { desk in
                try await desk.serve(["--workers", "1"]) { server in
                    let running = try await agent("one", [], server)
                    try await running.use {
                        let job = try await server.submit(Self.delegating("calculator.divide", ["a": 1, "b": 0]))
                        let watched = try await server.watched(job)
                        #expect(watched.state == "failed", "\(watched.events)")
                        let detail = try await server.call("GET", "/jobs/\(job)").json
                        #expect(detail["reason"] == "agent_failed", "\(detail.text())")
                        #expect(detail["message"]?.string?.contains("ZeroDivisionError") == true, "\(detail.text())")
                    }
                }
            }
        }

        @Test func `an agent that is killed and started again is the same one, by the key it kept`() async throws {
            try await Desk.with { desk in
                try await desk.serve(["--workers", "1"]) { server in
                    let first = try await agent("one", [], server)
                    await first.kill()
                    let path = desk.data + "/agent-one.key"
                    let attributes = try FileManager.default.attributesOfItem(atPath: path)
                    #expect(attributes[.posixPermissions] as? Int == 0o600)
                    let second = try await agent("one", [], server)
                    try await second.use { #expect(second.sign == first.sign) }
                    let stranger = try await desk.run(
                        "/usr/bin/python3",
                        [
                            "scenarios/calculator/agent.py", "--name", "one", "--scheduler", server.url,
                            "--agent-key-file", desk.directory + "/another.key",
                        ],
                        environment: ["CPA_API_KEY": server.key, "PYTHONDONTWRITEBYTECODE": "1"]
                    )
                    #expect(stranger.exit == .exited(code: 1))
                    let lines = stranger.errors.split(separator: "\n")
                    #expect(lines.count == 1 && lines[0].hasPrefix("calculator: 409 "), "\(stranger.text)")
                }
            }
        }

        @Test func `an agent that dies with a task is replaced where that repeats nothing`() async throws {
            try await Desk.with { desk in
                try await desk.serve(["--workers", "1"]) { server in
                    let slow = try await agent("slow", ["--delay", "30"], server)
                    try await slow.use {
                        let job = try await server.submit([
                            "name": "sum",
                            "tasks": [
                                [
                                    "id": "sum", "action": "delegate", "capability": "calculator.add",
                                    "input": ["a": 1, "b": 2], "idempotent": true, "retries": 3, "retry_delay": "500ms",
                                ]
                            ],
                            "outputs": ["value": "{{ tasks.sum.result.value }}", "agent": "{{ tasks.sum.agent }}"],
                        ])
                        _ = try await server.watched(job) { watched in
                            watched.events.contains { $0["data"]?["state"] == "running" && $0["step_id"] == "sum" }
                        }
                        await slow.kill()
                        let quick = try await agent("quick", [], server)
                        try await quick.use {
                            // Its silence would tell in 30 s; whoever knows that it is gone says so at once.
                            #expect(try await server.call("DELETE", "/agents/slow").status == 200)
                            let watched = try await server.watched(job)
                            #expect(watched.state == "done", "\(watched.events)")
                            let outputs = try await server.call("GET", "/jobs/\(job)").json["outputs"]
                            #expect(outputs == ["value": 3, "agent": "quick"], "\(outputs?.text() ?? "")")
                        }
                    }
                }
            }
        }
    }
}
