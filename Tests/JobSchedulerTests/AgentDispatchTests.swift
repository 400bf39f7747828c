import JSON
import JobModel
import Security
import Storage
import Synchronization
import Telemetry
import Testing

@testable import JobScheduler

/// Assignments on their way to endpoints, and what comes back.
@Suite struct AgentDispatchTests {
    private final class Endpoint: AgentCaller {
        private let answer: @Sendable (LAMMessage) -> AgentAnswer
        private let received = Mutex<[LAMMessage]>([])
        init(_ answer: @escaping @Sendable (LAMMessage) -> AgentAnswer) { self.answer = answer }
        var messages: [LAMMessage] { received.withLock { $0 } }
        func assign(_ message: LAMMessage, to endpoint: String, of agent: AgentID) async -> AgentAnswer {
            received.withLock { $0.append(message) }
            return answer(message)
        }
        func refusal(of endpoint: String) -> String? { nil }
        func problem(with endpoint: String) async -> String? { nil }
    }

    /// Dispatches one assignment and returns how the conversation stands.
    private func outcome(
        idempotent: Bool = false,
        _ answer: @escaping @Sendable (LAMMessage) -> AgentAnswer
    ) async throws -> ConversationRecord {
        var found: ConversationRecord?
        try await Stage.with {
            $0.agentEndpoints = ["127.0.0.1"]
        } _: { stage in
            let key = APIKeyRecord(id: "k", tenant: .default, name: "x", hash: [], created: 0, role: "operator")
            let registration = AgentRegistration(name: "one", capabilities: ["x"], endpoint: "http://127.0.0.1:1")
            _ = try await stage.scheduler.register(registration, key: key, as: Stage.cli)
            let job = try await stage.submit()
            let scheduler = stage.scheduler
            let record = ConversationRecord(
                id: "c1",
                tenant: .default,
                key: JournalKey(job: job, step: "t0"),
                lease: Epoch(1),
                capability: "x",
                input: 5,
                wanted: nil,
                isIdempotent: idempotent,
                deadline: stage.time.now + 60_000,
                created: stage.time.now
            )
            try await stage.store.write { try scheduler.inbox.desk.open(record, in: $0) }
            let endpoint = Endpoint(answer)
            let dispatcher = AgentDispatcher(
                inbox: scheduler.agentInbox,
                caller: endpoint,
                wake: Signal(),
                logger: .silent
            )
            let begun = try #require(try await dispatcher.begin())
            #expect(begun.count == 1)
            for (conversation, agent) in begun { await dispatcher.send(conversation, to: agent) }
            #expect(try await dispatcher.begin() == nil)
            #expect(dispatcher.slots.free == dispatcher.slots.limit)
            #expect(endpoint.messages.map(\.type) == [.assign])
            found = try await stage.store.read { try $0.conversation("c1") }
        }
        return try #require(found)
    }

    @Test func `a bare 2xx is an agreement`() async throws {
        #expect(try await outcome { _ in .answered(status: 202, body: nil) }.state == .running)
    }

    @Test func `a result in the answer is the result`() async throws {
        let record = try await outcome { assign in
            .answered(status: 200, body: ["type": "done", "payload": ["result": assign.payload["input"] ?? .null]])
        }
        #expect(record.state == .done && record.outcome == ["result": 5])
    }

    @Test func `a failure in the answer is a failure`() async throws {
        let record = try await outcome { _ in
            .answered(status: 200, body: ["type": "failure", "payload": ["message": "no", "acted": false]])
        }
        #expect(record.state == .failed && record.outcome["message"] == "no")
        #expect(record.outcome["may_have_acted"] == false)
    }

    @Test(arguments: [
        (#"{"type": "done"}"#, "payload.result: "),
        (#"{"type": "done", "payload": {"results": 3}}"#, "payload.result: "),
        (#"{"type": "failure", "payload": {"acted": "no"}}"#, "payload.acted: "),
        (#"{"type": "done", "payload": {"result": 3, "job_id": "another"}}"#, "no conversation"),
        (#"{"type": "done", "id": "scheduler:1", "payload": {"result": 3}}"#, "id: is "),
        (#"{"type": "assign"}"#, "'assign'"), (#"{"type": "request"}"#, "'request'"),
    ])
    func `an answer that cannot be used ends the task at once, with what is wrong in it`(
        body: String,
        word: String
    ) async throws {
        let answer = try #require(try JSONValue(parsing: body).object)
        let record = try await outcome { _ in .answered(status: 200, body: answer) }
        #expect(record.state == .failed && record.outcome["may_have_acted"] == true)
        let message = record.outcome["message"]?.string ?? ""
        #expect(message.hasPrefix("Its answer cannot be used: ") && message.contains(word), "\(message)")
    }

    @Test(arguments: [400, 404, 409, 429, 503])
    func `these statuses refuse it`(status: Int) async throws {
        let record = try await outcome { _ in .answered(status: status, body: ["detail": "busy"]) }
        #expect(record.state == .failed && record.outcome["may_have_acted"] == false)
        #expect(record.outcome["message"]?.string?.contains("busy") == true)
    }

    @Test(arguments: [301, 302, 303, 307, 308, 408, 425, 500, 502, 504])
    func `these statuses leave it open whether it began`(status: Int) async throws {
        let record = try await outcome { _ in .answered(status: status, body: nil) }
        #expect(record.state == .failed && record.outcome["may_have_acted"] == true)
        #expect(record.outcome["message"]?.string?.contains("\(status)") == true)
        let again = try await outcome(idempotent: true) { _ in .answered(status: status, body: nil) }
        #expect(again.outcome["may_have_acted"] == false)
    }

    @Test func `what may have arrived is in doubt, what was not sent is not`() async throws {
        #expect(try await outcome { _ in .unknown("timeout") }.outcome["may_have_acted"] == true)
        #expect(try await outcome { _ in .answered(status: 500, body: nil) }.outcome["may_have_acted"] == true)
        #expect(try await outcome { _ in .notSent("refused") }.outcome["may_have_acted"] == false)
        #expect(try await outcome(idempotent: true) { _ in .unknown("timeout") }.outcome["may_have_acted"] == false)
    }

    // MARK: Shares

    /// Tells each endpoint that is called; those named slow never answer.
    private final class Hanging: AgentCaller {
        let (calls, come) = AsyncStream<String>.makeStream()
        func assign(_ message: LAMMessage, to endpoint: String, of agent: AgentID) async -> AgentAnswer {
            come.yield(endpoint)
            guard endpoint.contains("slow") else { return .answered(status: 202, body: nil) }
            try? await Task.sleep(for: .seconds(3_600))
            return .unknown("timeout")
        }
        func refusal(of endpoint: String) -> String? { nil }
        func problem(with endpoint: String) async -> String? { nil }
    }

    /// Registers an agent with an endpoint of this host, for a tenant of the same name.
    private func register(_ name: String, _ stage: Stage) async throws {
        let key = APIKeyRecord(
            id: "key-\(name)",
            tenant: TenantID(name),
            name: name,
            hash: [],
            created: 0,
            role: "operator"
        )
        var registration = AgentRegistration(name: name, capabilities: ["x"], endpoint: "http://\(name).example")
        registration.maximumTasks = 20
        let caller = Principal(id: "admin", tenant: TenantID(name))
        _ = try await stage.scheduler.register(registration, key: key, as: caller)
    }

    /// Gives a task to a tenant's agent.
    private func open(_ number: Int, of tenant: String, _ stage: Stage) async throws {
        let scenario: JSONObject = ["name": "x", "tasks": [["action": "goto", "url": "https://x.example/"]]]
        let caller = Principal(id: "user", tenant: TenantID(tenant))
        let job = try await stage.scheduler.submit(JobSubmission(scenario: scenario), as: caller).id
        let record = ConversationRecord(
            id: ConversationID("c\(number)"),
            tenant: TenantID(tenant),
            key: JournalKey(job: job, step: StepID("t\(number)")),
            lease: Epoch(1),
            capability: "x",
            input: 5,
            wanted: nil,
            isIdempotent: true,
            deadline: stage.time.now + 600_000,
            created: stage.time.now
        )
        let desk = stage.scheduler.inbox.desk
        try await stage.store.write { try desk.open(record, in: $0) }
    }

    @Test func `a tenant whose endpoints hang leaves room for everybody else's tasks, and loses none`() async throws {
        let hanging = Hanging()
        try await Stage.with({ $0.agentEndpoints = ["slow.example", "quick.example"] }, agents: hanging) { stage in
            let dispatcher = try #require(stage.scheduler.dispatcher)
            let limit = dispatcher.slots.tenantLimit
            for name in ["slow", "quick"] { try await register(name, stage) }
            for number in 0..<limit + 2 { try await open(number, of: "slow", stage) }
            try await open(100, of: "quick", stage)
            let run = Task { await dispatcher.run() }
            var endpoints = hanging.calls.makeAsyncIterator()
            var came: [String] = []
            while came.count < limit + 1, let endpoint = await endpoints.next() { came.append(endpoint) }
            #expect(came.filter { $0.contains("slow") }.count == limit && came.contains("http://quick.example"))
            try await open(101, of: "quick", stage)
            let next = await endpoints.next()
            #expect(next == "http://quick.example")
            // More than the time for an agreement: those that were not told yet still wait.
            stage.time.advance(seconds: 20)
            try await stage.scheduler.monitor.pass()
            let last = try await stage.store.read { try $0.conversation(ConversationID("c\(limit + 1)")) }
            #expect(last?.state == .assigning && last?.dispatched == nil)
            run.cancel()
            await run.value
            #expect(dispatcher.slots.free == dispatcher.slots.limit)
        }
    }

    @Test func `who is being told when the scheduler ends may agree yet`() async throws {
        let hanging = Hanging()
        try await Stage.with({ $0.agentEndpoints = ["slow.example"] }, agents: hanging) { stage in
            let dispatcher = try #require(stage.scheduler.dispatcher)
            try await register("slow", stage)
            try await open(0, of: "slow", stage)
            let run = Task { await dispatcher.run() }
            var endpoints = hanging.calls.makeAsyncIterator()
            _ = await endpoints.next()
            run.cancel()
            await run.value
            let told = try await stage.store.read { try $0.conversation("c0") }
            #expect(told?.state == .assigning && told?.dispatched != nil)
        }
    }
}
