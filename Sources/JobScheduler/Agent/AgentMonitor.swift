import JSON
import JobModel
import Storage
import Telemetry

/// Lets time pass for agents and their conversations: limits, silence, jobs that ended.
struct AgentMonitor: Sendable {
    private static let batch = 200
    private static let interval = Duration.milliseconds(500)

    let desk: ConversationDesk
    /// The way to endpoints; nil when there is none.
    let caller: (any AgentCaller)?
    /// Asks endpoints how they are.
    let endpoints: EndpointMonitor?
    let logger: Logger
    private var writer: JobWriter { desk.writer }

    init(desk: ConversationDesk, caller: (any AgentCaller)?, logger: Logger) {
        self.desk = desk
        self.caller = caller
        endpoints = caller.map { EndpointMonitor(caller: $0, writer: desk.writer, logger: logger) }
        self.logger = logger
    }

    /// Looks twice a second while an agent is there or is waited for, at endpoints every five seconds, until cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            var alarm = Alarm()
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
                    try await askEndpoints(in: &group)
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
        return .milliseconds(EndpointMonitor.interval)
    }

    /// Begins questions and takes in answers; nobody waits for a slow one.
    private func askEndpoints(in group: inout DiscardingTaskGroup) async throws {
        guard let endpoints else { return }
        for agent in try await endpoints.begin(at: writer.environment.now()) {
            group.addTask { [activity = desk.activity] in
                await endpoints.ask(agent)
                activity.raise()
            }
        }
        try await endpoints.note()
    }

    /// One look.
    func pass() async throws {
        let now = writer.environment.now()
        let monitor = self
        // Mostly there is nothing to do, and then nothing is written.
        let hasWork = try await writer.read { snapshot in
            try !monitor.silentAgents(at: now, in: snapshot).isEmpty
                || !snapshot.dueConversations(at: now, limit: 1).isEmpty
                || !snapshot.orphanedConversations(limit: 1).isEmpty
        }
        guard hasWork else { return }
        try await writer.write { transaction in
            for agent in try monitor.silentAgents(at: now, in: transaction) {
                try monitor.lose(
                    agent,
                    "It gave no sign of life for \(agent.patience / 1_000) s"
                        + (monitor.endpoints?.errors[agent.id].map { ": \($0)" } ?? ""),
                    at: now,
                    in: transaction
                )
            }
            for conversation in try transaction.orphanedConversations(limit: Self.batch) {
                try monitor.desk.change(conversation, at: now, in: transaction) { $0.cancel() }
            }
            for conversation in try transaction.dueConversations(at: now, limit: Self.batch) {
                let isUntold = try monitor.waitsToBeSent(conversation, in: transaction)
                try monitor.desk.change(conversation, at: now, in: transaction) {
                    $0.timer(at: now, isUntold: isUntold)
                }
            }
        }
    }

    /// Agents that count as online and gave no sign of life for too long. One with an endpoint must have been asked: after a
    /// restart, or while others' endpoints are slow, nobody can tell before.
    private func silentAgents(at now: Int64, in snapshot: any StoreSnapshot) throws -> [AgentRecord] {
        try snapshot.silentAgents(at: now).filter { agent in
            guard let endpoints, agent.endpoint != nil else { return true }
            return endpoints.errors[agent.id] != nil
        }
    }

    /// Whether an assignment will be sent to an endpoint and has not been: others' calls may take all slots for a while.
    private func waitsToBeSent(
        _ conversation: ConversationRecord,
        in transaction: any StoreTransaction
    ) throws -> Bool {
        guard caller != nil, conversation.state == .assigning, conversation.dispatched == nil,
            let agent = conversation.agent
        else { return false }
        return try transaction.agent(agent)?.endpoint != nil
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
