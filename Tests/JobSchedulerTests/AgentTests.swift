import JSON
import JobModel
import JobQueue
import Security
import Storage
import Telemetry
import TestSupport
import Testing

@testable import JobScheduler

/// Agents and the steps they do, on a clock of the test's.
@Suite struct AgentTests {
    private func register(
        _ name: String,
        _ stage: Stage,
        bids: Bool = false,
        endpoint: String? = nil
    ) async throws -> Principal {
        let registration = AgentRegistration(
            name: name,
            capabilities: ["calculator.add"],
            endpoint: endpoint,
            bids: bids
        )
        let key = APIKeyRecord(id: "key-\(name)", tenant: .default, name: name, hash: [], created: 0, role: "operator")
        _ = try await stage.scheduler.register(registration, key: key, as: Stage.cli)
        return Principal(id: key.id, tenant: .default)
    }

    private func start(_ stage: Stage, idempotent: Bool = false) async throws -> TestWorker {
        _ = try await stage.submit([
            "tasks": [["id": "sum", "action": "delegate", "capability": "calculator.add", "input": ["a": 1, "b": 2]]]
        ])
        let lease = try await stage.index.claim(
            worker: "w1",
            capabilities: ["delegate"],
            lease: .seconds(20),
            wait: .zero
        )
        let worker = TestWorker(scheduler: stage.scheduler, index: stage.index, lease: try #require(lease))
        try await worker.send(.agree)
        _ = try await ask(worker, "start", idempotent: idempotent)
        return worker
    }

    private func ask(_ worker: TestWorker, _ mode: String, idempotent: Bool = false) async throws -> JSONObject {
        try await worker.send(
            .request,
            [
                "kind": "delegate", "mode": .string(mode), "step_id": "sum", "iteration": 0,
                "capability": "calculator.add", "input": ["a": 1, "b": 2], "idempotent": .bool(idempotent),
                "timeout_ms": 60_000,
            ]
        )
    }

    private func box(_ name: String, _ agent: Principal, _ stage: Stage) async throws -> [LAMMessage] {
        try await stage.scheduler.box(of: name, after: 0, limit: 100, wait: .zero, as: agent).map {
            try LAMMessage(json: $0.body?.object() ?? [:])
        }
    }

    /// What an agent says about an assignment.
    private func say(
        _ type: LAMMessage.MessageType,
        _ assign: LAMMessage,
        _ name: String,
        _ agent: Principal,
        _ stage: Stage,
        _ payload: JSONObject = [:]
    ) async throws -> JSONObject {
        var message = LAMMessage(
            id: MessageID("\(type.rawValue)-\(name)-\(assign.epoch?.description ?? "")-\(payload.text())"),
            timestamp: 0,
            type: type,
            sender: "agent://agent/\(name)",
            to: ["agent://scheduler"],
            payload: (["job_id": assign.payload["job_id"] ?? .null] as JSONObject).merging(payload)
        )
        message.conversationID = assign.conversationID
        message.epoch = assign.epoch
        return try await stage.scheduler.receive(message, from: agent)
    }

    @Test func `a step is given to an agent, and its result is the answer`() async throws {
        try await Stage.with { stage in
            let agent = try await register("one", stage)
            let worker = try await start(stage)
            let assign = try #require(try await box("one", agent, stage).last)
            #expect(assign.type == .assign && assign.payload["input"] == ["a": 1, "b": 2] && assign.epoch == Epoch(1))
            #expect(try await say(.agree, assign, "one", agent, stage)["state"] == "running")
            #expect(try await ask(worker, "look")["state"] == "running")
            let done = try await say(.done, assign, "one", agent, stage, ["result": 3])
            #expect(done["state"] == "done" && done["acknowledged"] != nil)
            #expect(try await say(.done, assign, "one", agent, stage, ["result": 3]) == done)
            await #expect {
                try await say(.done, assign, "one", agent, stage, ["result": 4])
            } throws: {
                let error = $0 as? SchedulerError
                return error?.code == .staleEpoch && error?.message.contains("is over: it ended done") == true
            }
            let answer = try await ask(worker, "look")
            #expect(answer["state"] == "done" && answer["result"] == 3 && answer["agent"] == "one")
            #expect(try await box("one", agent, stage).map(\.type) == [.assign, .confirm])
            let history = try await stage.scheduler.messages(of: worker.job, after: 0, limit: 100, for: Stage.cli)
            #expect(history.map(\.type) == ["agree", "request", "assign", "agree", "done", "confirm"])
            let actions = try await stage.scheduler.audit(of: worker.job, for: Stage.cli).map(\.action)
            #expect(
                actions.filter { $0.hasPrefix("agent.") } == [
                    "agent.sought", "agent.assigned", "agent.agree", "agent.task_ended", "agent.done",
                    "agent.stale_message",
                ]
            )
        }
    }

    @Test func `two agents share what comes`() async throws {
        try await Stage.with { stage in
            let agents = [try await register("one", stage), try await register("two", stage)]
            _ = try await start(stage)
            stage.time.advance(seconds: 1)
            _ = try await start(stage)
            #expect(try await box("one", agents[0], stage).map(\.type) == [.assign])
            #expect(try await box("two", agents[1], stage).map(\.type) == [.assign])
        }
    }

    @Test func `agents that bid are asked; losers are told`() async throws {
        try await Stage.with { stage in
            let one = try await register("one", stage, bids: true)
            let two = try await register("two", stage, bids: true)
            _ = try await start(stage)
            let question = try #require(try await box("one", one, stage).first)
            #expect(question.type == .discover && question.replyBy == stage.time.now + 2_000)
            _ = try await say(.offer, question, "one", one, stage, ["cost": 9])
            _ = try await say(.offer, question, "two", two, stage, ["cost": 1])
            let assign = try #require(try await box("two", two, stage).last)
            #expect(assign.type == .assign)
            _ = try await say(.agree, assign, "two", two, stage)
            let last = try #require(try await box("one", one, stage).last)
            #expect(last.type == .refuse && last.payload["reason"] == "not_selected")
        }
    }

    @Test func `an agent that falls silent loses a task that may be begun again to the next`() async throws {
        try await Stage.with { stage in
            let one = try await register("one", stage)
            let worker = try await start(stage, idempotent: true)
            let first = try #require(try await box("one", one, stage).last)
            _ = try await say(.agree, first, "one", one, stage)
            stage.time.advance(seconds: 29)
            let two = try await register("two", stage)
            stage.time.advance(seconds: 2)
            try await stage.scheduler.monitor.pass()
            #expect(try await ask(worker, "look")["state"] == "assigning")
            #expect(try await stage.scheduler.agent("one", for: Stage.cli).agent.isOnline == false)
            let second = try #require(try await box("two", two, stage).last)
            _ = try await say(.done, second, "two", two, stage, ["result": 3])
            #expect(try await ask(worker, "look")["result"] == 3)
            let error = await #expect(throws: SchedulerError.self) {
                try await say(.done, first, "one", one, stage, ["result": 4])
            }
            #expect(error?.code == .staleEpoch)
            #expect(try await ask(worker, "look")["result"] == 3)
            let actions = try await stage.scheduler.audit(of: worker.job, for: Stage.cli).map(\.action)
            #expect(actions.contains("agent.stale_message"))
        }
    }

    @Test func `what an agent says of its task is a sign of life`() async throws {
        try await Stage.with { stage in
            let one = try await register("one", stage)
            let worker = try await start(stage)
            let assign = try #require(try await box("one", one, stage).last)
            _ = try await say(.agree, assign, "one", one, stage)
            for percent in [40, 80] {
                stage.time.advance(seconds: 25)
                try await stage.scheduler.monitor.pass()
                _ = try await say(.inform, assign, "one", one, stage, ["percent": JSONValue(percent)])
            }
            stage.time.advance(seconds: 9)
            try await stage.scheduler.monitor.pass()
            #expect(try await stage.scheduler.agent("one", for: Stage.cli).agent.isOnline)
            #expect(try await ask(worker, "look")["state"] == "running")
        }
    }

    @Test func `an agent that was away is there again with its next word, and only a word that is taken counts`()
        async throws
    {
        try await Stage.with { stage in
            let one = try await register("one", stage)
            _ = try await start(stage, idempotent: true)
            let assign = try #require(try await box("one", one, stage).last)
            stage.time.advance(seconds: 31)
            try await stage.scheduler.monitor.pass()
            await #expect(throws: SchedulerError.self) { try await say(.agree, assign, "one", one, stage) }
            #expect(try await stage.scheduler.agent("one", for: Stage.cli).agent.isOnline == false)
            let discover = LAMMessage(
                id: "d1",
                timestamp: 0,
                type: .discover,
                sender: "agent://agent/one",
                to: [],
                payload: ["capability": "calculator.add"]
            )
            _ = try await stage.scheduler.receive(discover, from: one)
            #expect(try await stage.scheduler.agent("one", for: Stage.cli).agent.isOnline)
        }
    }

    @Test func `where no agent is and nothing is asked of one, nobody looks twice a second`() async throws {
        try await Stage.with { stage in
            let monitor = stage.scheduler.monitor
            #expect(try await monitor.pauseAfterLook() == Alarm.longest)
            let one = try await register("one", stage)
            #expect(try await monitor.pauseAfterLook() == .milliseconds(500))
            stage.time.advance(seconds: 31)
            try await monitor.pass()
            #expect(try await monitor.pauseAfterLook() == Alarm.longest)
            _ = try await box("one", one, stage)
            #expect(try await monitor.pauseAfterLook() == .milliseconds(500))
        }
    }

    @Test func `a task an agent began and did not finish is in doubt, and never given to another`() async throws {
        try await Stage.with { stage in
            let one = try await register("one", stage)
            let worker = try await start(stage)
            let assign = try #require(try await box("one", one, stage).last)
            _ = try await say(.agree, assign, "one", one, stage)
            stage.time.advance(seconds: 31)
            let two = try await register("two", stage)
            try await stage.scheduler.monitor.pass()
            let answer = try await ask(worker, "look")
            #expect(answer["state"] == "failed" && answer["reason"] == "agent_lost" && answer["may_have_acted"] == true)
            #expect(try await box("two", two, stage).isEmpty)
        }
    }

    @Test func `a cancelled job takes its task back`() async throws {
        try await Stage.with { stage in
            let one = try await register("one", stage)
            let worker = try await start(stage)
            _ = try await stage.scheduler.cancel(worker.job, as: Stage.cli)
            try await worker.fail(.cancelled)
            try await stage.scheduler.monitor.pass()
            let last = try #require(try await box("one", one, stage).last)
            #expect(last.type == .refuse && last.payload["reason"] == "withdrawn")
        }
    }

    @Test func `an agent speaks for itself only, in its conversations only`() async throws {
        try await Stage.with { stage in
            let one = try await register("one", stage)
            let two = try await register("two", stage)
            _ = try await start(stage)
            let assign = try #require(try await box("one", one, stage).last)
            for (name, caller, code) in [
                ("one", two, SchedulerError.Code.forbidden), ("one", Stage.cli, .forbidden), ("two", two, .staleEpoch),
            ] {
                let error = await #expect(throws: SchedulerError.self) {
                    try await say(.done, assign, name, caller, stage, ["result": 3])
                }
                #expect(error?.code == code)
            }
            await #expect(throws: SchedulerError.self) { try await box("one", two, stage) }
            await #expect(throws: SchedulerError.self) { try await stage.scheduler.heartbeat(of: "one", as: Stage.cli) }
        }
    }

    @Test func `an agent registers again with its own key only, and a deleted one is gone`() async throws {
        try await Stage.with { stage in
            let one = try await register("one", stage)
            let key = APIKeyRecord(id: "other", tenant: .default, name: "x", hash: [], created: 0, role: "operator")
            var again = AgentRegistration(name: "one", capabilities: ["calculator.add", "uia"])
            let error = await #expect(throws: SchedulerError.self) {
                try await stage.scheduler.register(again, key: key, as: Stage.cli)
            }
            #expect(error?.code == .conflict)
            again.maximumTasks = 7
            let (agent, isNew) = try await stage.scheduler.register(again, key: key, as: one)
            #expect(!isNew && agent.maximumTasks == 7)
            // It offers an action that no worker does.
            _ = try await stage.submit(["tasks": [["action": "uia", "text": "x"]]])
            try await stage.scheduler.deleteAgent("one", as: Stage.cli)
            #expect(try await stage.scheduler.agents(for: Stage.cli).isEmpty)
            #expect(try await stage.store.read { try $0.apiKey("key-one")?.revoked } != nil)
            let refused = await #expect(throws: SchedulerError.self) {
                try await stage.submit(["tasks": [["action": "uia", "text": "x"]]])
            }
            #expect(refused?.code == .noCapableWorker)
        }
    }

    /// A way to endpoints on which nothing is ever reached.
    private struct NoWay: AgentCaller {
        func assign(_ message: LAMMessage, to endpoint: String, of agent: AgentID) async -> AgentAnswer {
            .notSent("no")
        }
        func refusal(of endpoint: String) -> String? {
            endpoint.contains("127.0.0.1") ? "it is a port of cpa itself" : nil
        }
        func problem(with endpoint: String) async -> String? { "nothing listens at \(endpoint)" }
    }

    @Test func `an endpoint nothing opens is refused, one that says nothing has its reason told once`() async throws {
        try await withTemporaryDirectory { directory in
            let store = try await SQLiteStore(path: directory + "/cpa.db")
            var configuration = SchedulerConfiguration()
            configuration.agentEndpoints = ["127.0.0.1", "calc.example"]
            let log = MemoryLogSink()
            let scheduler = Scheduler(
                store: store,
                index: InMemoryDispatchIndex(),
                files: try await ArtifactFiles(directory: directory + "/artifacts"),
                configuration: configuration,
                agents: NoWay(),
                logger: Logger(sink: log)
            )
            let key = APIKeyRecord(id: "k", tenant: .default, name: "x", hash: [], created: 0, role: "operator")
            var registration = AgentRegistration(name: "one", capabilities: ["x"], endpoint: "http://127.0.0.1:7070")
            let error = await #expect(throws: SchedulerError.self) {
                _ = try await scheduler.register(registration, key: key, as: Stage.cli)
            }
            #expect(error?.code == .forbidden)
            #expect(error?.message.contains("http://127.0.0.1:7070: it is a port of cpa itself. Register") == true)
            registration.endpoint = "http://calc.example"
            let agent = try await scheduler.register(registration, key: key, as: Stage.cli).agent
            #expect(scheduler.lastError(of: agent.id) == nil)
            let endpoints = try #require(scheduler.monitor.endpoints)
            for round in 0..<3 {
                let asked = try await endpoints.begin(at: Int64(round) * EndpointMonitor.interval)
                #expect(asked.map(\.id) == [agent.id])
                for agent in asked { await endpoints.ask(agent) }
            }
            #expect(scheduler.lastError(of: agent.id) == "nothing listens at http://calc.example")
            let lines = log.lines.filter { $0.message == "The endpoint of an agent gives no sign of life" }
            #expect(lines.map(\.metadata["error"]) == ["nothing listens at http://calc.example"])
            scheduler.close()
            await store.close()
        }
    }

    @Test(arguments: [
        ("http://127.0.0.1:8002", true), ("http://127.0.0.1:8003", false), ("http://calc.example/agent", true),
        ("http://calc.example:8002", true), ("http://evil.example", false),
        ("http://127.0.0.1:8002@evil.example", false),
        ("file:///etc/passwd", false), ("http://", false), ("http://calc.example\\@evil.example", false),
    ])
    func `tasks are sent only where the operator allows it`(endpoint: String, isAllowed: Bool) async throws {
        try await Stage.with { configuration in
            configuration.agentEndpoints = ["127.0.0.1:8002", "calc.example"]
        } _: { stage in
            let registration = AgentRegistration(name: "one", capabilities: ["x"], endpoint: endpoint)
            let key = APIKeyRecord(id: "k", tenant: .default, name: "x", hash: [], created: 0, role: "operator")
            let result = await Result { try await stage.scheduler.register(registration, key: key, as: Stage.cli) }
            #expect(((try? result.get()) != nil) == isAllowed)
        }
    }
}

extension Result where Failure == any Error {
    fileprivate init(_ body: () async throws -> Success) async {
        do {
            self = .success(try await body())
        } catch { self = .failure(error) }
    }
}
