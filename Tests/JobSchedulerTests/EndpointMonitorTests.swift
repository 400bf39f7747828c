import JSON
import JobModel
import Storage
import Testing

@testable import JobScheduler

/// How endpoints are asked, and that nobody waits for one that does not answer.
@Suite struct EndpointMonitorTests {
    /// Endpoints that are well, but for those named slow, which never answer, and those named down.
    private struct Endpoints: AgentCaller {
        func assign(_ message: LAMMessage, to endpoint: String, of agent: AgentID) async -> AgentAnswer {
            .notSent("no")
        }
        func refusal(of endpoint: String) -> String? { nil }
        func problem(with endpoint: String) async -> String? {
            if endpoint.contains("down") { return "nothing listens" }
            guard endpoint.contains("slow") else { return nil }
            try? await Task.sleep(for: .seconds(3_600))
            return "timeout"
        }
    }

    /// Agents of a tenant, with endpoints of that name.
    private func add(_ count: Int, of tenant: TenantID, _ stage: Stage) async throws {
        let now = stage.time.now
        try await stage.store.write { transaction in
            for number in 0..<count {
                let agent = AgentRecord(
                    id: AgentID("\(tenant)-\(1_000_000 + number)"),
                    tenant: tenant,
                    name: "a\(number)",
                    key: "\(tenant)-\(number)",
                    capabilities: ["x"],
                    endpoint: "http://\(tenant).example",
                    maximumTasks: 1,
                    bids: false,
                    patience: 30_000,
                    info: [:],
                    registered: now
                )
                try transaction.save(agent)
            }
        }
    }

    @Test func `every endpoint is asked, however many there are`() async throws {
        try await Stage.with(agents: Endpoints()) { stage in
            try await add(1_001, of: "many", stage)
            let endpoints = try #require(stage.scheduler.monitor.endpoints)
            var asked: Set<AgentID> = []
            while case let agents = try await endpoints.begin(at: 0), !agents.isEmpty {
                #expect(agents.count <= endpoints.slots.tenantLimit)
                for agent in agents { await endpoints.ask(agent) }
                asked.formUnion(agents.map(\.id))
            }
            #expect(asked.count == 1_001)
            stage.time.advance(seconds: 7)
            try await endpoints.note()
            let seen = try await stage.store.read { try $0.agentsWithEndpoint().map(\.seen) }
            #expect(seen.allSatisfy { $0 == stage.time.now })
        }
    }

    @Test func `a tenant with many endpoints leaves slots for others, and each of its own has its turn`() async throws {
        try await Stage.with(agents: Endpoints()) { stage in
            let endpoints = try #require(stage.scheduler.monitor.endpoints)
            let limit = endpoints.slots.tenantLimit
            try await add(limit + 6, of: "many", stage)
            try await add(2, of: "zero", stage)
            let first = try await endpoints.begin(at: 0)
            #expect(first.count == limit + 2 && first.filter { $0.tenant == "zero" }.count == 2)
            #expect(try await endpoints.begin(at: 1).isEmpty)
            for agent in first { await endpoints.ask(agent) }
            // In the next round those come first that had no turn in this one.
            let second = try await endpoints.begin(at: EndpointMonitor.interval)
            #expect(second.filter { $0.tenant == "many" }.prefix(6).map(\.name) == (limit..<limit + 6).map { "a\($0)" })
        }
    }

    @Test func `an endpoint that does not answer holds up no conversation`() async throws {
        try await Stage.with(agents: Endpoints()) { stage in
            try await add(1, of: "slow", stage)
            let job = try await stage.submit()
            let desk = stage.scheduler.inbox.desk
            let record = ConversationRecord(
                id: "c1",
                tenant: .default,
                key: JournalKey(job: job, step: "t0"),
                lease: Epoch(1),
                capability: "nobody",
                input: 5,
                wanted: nil,
                isIdempotent: false,
                deadline: stage.time.now + 10_000,
                created: stage.time.now
            )
            try await stage.store.write { try desk.open(record, in: $0) }
            stage.time.advance(seconds: 11)
            let run = Task { [monitor = stage.scheduler.monitor] in await monitor.run() }
            var state = ConversationRecord.State.discovering
            for _ in 0..<500 where !state.isSettled {
                try await Task.sleep(for: .milliseconds(10))
                state = try await stage.store.read { try $0.conversation("c1")?.state } ?? state
            }
            #expect(state == .failed)
            run.cancel()
            await run.value
        }
    }

    @Test func `an agent with an endpoint is given up only when it was asked and did not answer`() async throws {
        try await Stage.with(agents: Endpoints()) { stage in
            try await add(1, of: "down", stage)
            stage.time.advance(seconds: 31)
            let monitor = stage.scheduler.monitor
            let endpoints = try #require(monitor.endpoints)
            func isOnline() async throws -> Bool? {
                try await stage.store.read { try $0.agentsWithEndpoint().first?.isOnline }
            }
            try await monitor.pass()
            #expect(try await isOnline() == true)
            for agent in try await endpoints.begin(at: stage.time.now) { await endpoints.ask(agent) }
            try await monitor.pass()
            #expect(try await isOnline() == false)
        }
    }
}
