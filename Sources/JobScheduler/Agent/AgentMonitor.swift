import JSON
import JobModel
import Storage
import Telemetry

/// Lets time pass for agents and their conversations: limits, silence, jobs that ended.
struct AgentMonitor: Sendable {
    private static let batch = 200
    private static let interval = Duration.milliseconds(500)
    /// Milliseconds between two questions to endpoints.
    private static let endpointInterval: Int64 = 5_000

    let desk: ConversationDesk
    /// Asks endpoints how they are; nil when there is no way to them.
    let caller: (any AgentCaller)?
    let logger: Logger
    let errors = AgentErrors()
    private var writer: JobWriter { desk.writer }

    init(desk: ConversationDesk, caller: (any AgentCaller)?, logger: Logger) {
        self.desk = desk
        self.caller = caller
        self.logger = logger
    }

    /// Looks twice a second while an agent is there or is waited for, at endpoints every five seconds, until cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            var alarm = Alarm()
            var asked: Int64?
            var looked = ContinuousClock.now - Self.interval
            var failures = 0
            desk.activity.raise()
            for await _ in desk.activity.heard {
                // However much goes on, twice a second is enough.
                let early = ContinuousClock.now.duration(to: looked + Self.interval)
                guard early <= .zero else {
                    alarm.set(in: early, raising: desk.activity, in: &group)
                    continue
                }
                looked = .now
                var pause = Self.interval
                do {
                    let now = writer.environment.now()
                    if asked.map({ !(0..<Self.endpointInterval).contains(now - $0) }) ?? true {
                        asked = now
                        try await askEndpoints()
                    }
                    try await pass()
                    desk.dispatch.raise()
                    pause = try await pauseAfterLook()
                    failures = 0
                } catch {
                    if failures % 120 == 0 { logger.warning("Agents cannot be looked at", ["error": "\(error)"]) }
                    failures += 1
                }
                alarm.set(in: pause, raising: desk.activity, in: &group)
            }
            group.cancelAll()
        }
    }

    /// How long nothing can happen to agents that `desk.activity` does not tell.
    func pauseAfterLook() async throws -> Duration {
        if try await writer.read({ try $0.hasAgentsAtWork() }) { return Self.interval }
        // Endpoints that are away may come back.
        let hasEndpoints = try await writer.read { try !$0.agentsWithEndpoint().isEmpty }
        guard caller != nil, hasEndpoints else { return Alarm.longest }
        return .milliseconds(Self.endpointInterval)
    }

    /// One look.
    func pass() async throws {
        let now = writer.environment.now()
        let monitor = self
        // Mostly there is nothing to do, and then nothing is written.
        let hasWork = try await writer.read { snapshot in
            try !snapshot.silentAgents(at: now).isEmpty
                || !snapshot.dueConversations(at: now, limit: 1).isEmpty
                || !snapshot.orphanedConversations(limit: 1).isEmpty
        }
        guard hasWork else { return }
        try await writer.write { transaction in
            for agent in try transaction.silentAgents(at: now) {
                try monitor.lose(
                    agent,
                    "It gave no sign of life for \(agent.patience / 1_000) s"
                        + (monitor.errors[agent.id].map { ": \($0)" } ?? ""),
                    at: now,
                    in: transaction
                )
            }
            for conversation in try transaction.orphanedConversations(limit: Self.batch) {
                try monitor.desk.change(conversation, at: now, in: transaction) { $0.cancel() }
            }
            for conversation in try transaction.dueConversations(at: now, limit: Self.batch) {
                try monitor.desk.change(conversation, at: now, in: transaction) { $0.timer(at: now) }
            }
        }
    }

    /// An agent is gone: what it had goes to others, or ends.
    func lose(_ agent: AgentRecord, _ why: String, at now: Int64, in transaction: any StoreTransaction) throws {
        var agent = agent
        agent.isOnline = false
        try transaction.save(agent)
        try transaction.append(
            AuditEntry(
                tenant: agent.tenant,
                timestamp: now,
                actor: "scheduler",
                action: "agent.offline",
                job: nil,
                detail: ["agent": .string(agent.name), "id": .string(agent.id.rawValue)]
            )
        )
        for conversation in try transaction.openConversations(of: agent.id) {
            try desk.change(conversation, at: now, in: transaction) { $0.lost(agent.id, why, at: now) }
        }
    }

    /// Asks every endpoint how it is.
    func askEndpoints() async throws {
        guard let caller else { return }
        let agents = try await writer.read { try $0.agentsWithEndpoint() }
        let problems = await withTaskGroup(of: (AgentID, String?).self) { group in
            for agent in agents.prefix(1_000) {
                guard let endpoint = agent.endpoint else { continue }
                group.addTask { (agent.id, await caller.problem(with: endpoint)) }
            }
            var problems: [AgentID: String?] = [:]
            for await (id, problem) in group { problems[id] = .some(problem) }
            return problems
        }
        report(problems.compactMapValues(\.self), of: agents)
        let healthy = problems.filter { $0.value == nil }.keys
        guard !healthy.isEmpty else { return }
        let now = writer.environment.now()
        try await writer.write { transaction in
            for id in healthy {
                guard let agent = try transaction.agent(id) else { continue }
                try Self.seen(agent, at: now, in: transaction)
            }
        }
    }

    /// Says each problem once.
    private func report(_ problems: [AgentID: String], of agents: [AgentRecord]) {
        let changed = errors.replace(with: problems)
        for agent in agents where changed.contains(agent.id) {
            logger.warning(
                "The endpoint of an agent gives no sign of life",
                [
                    "agent": agent.name, "tenant": agent.tenant.rawValue, "endpoint": agent.endpoint ?? "",
                    "error": problems[agent.id] ?? "",
                ]
            )
        }
    }

    /// A sign of life.
    static func seen(_ agent: AgentRecord, at now: Int64, in transaction: any StoreTransaction) throws {
        if !agent.isOnline {
            try transaction.append(
                AuditEntry(
                    tenant: agent.tenant,
                    timestamp: now,
                    actor: "agent/\(agent.name)",
                    action: "agent.online",
                    job: nil,
                    detail: ["agent": .string(agent.name), "id": .string(agent.id.rawValue)]
                )
            )
        }
        var agent = agent
        agent.isOnline = true
        agent.seen = max(agent.seen, now)
        try transaction.save(agent)
    }
}
