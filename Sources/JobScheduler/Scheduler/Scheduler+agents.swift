package import JSON
package import JobModel
package import Security
package import Storage
import Telemetry

extension Scheduler {
    /// Agents a tenant may have.
    private static let agentLimit = 1_000

    /// Registers an agent, or what one that is registered says anew.
    ///
    /// - Parameters:
    ///   - key: the key it will call with.
    ///   - refusal: why the caller may not make a key, and so no new agent; nil when it may.
    /// - Returns: the agent, and whether it is new; an agent that registers again keeps its key.
    /// - Throws: `SchedulerError`: `invalidInput`, `forbidden` (its endpoint), `conflict` (the name is another's).
    package func register(
        _ registration: AgentRegistration,
        key: APIKeyRecord,
        refusal: String? = nil,
        as caller: Principal
    ) async throws -> (agent: AgentRecord, isNew: Bool) {
        try registration.check(configuration)
        if let endpoint = registration.endpoint, let why = monitor.caller?.refusal(of: endpoint) {
            throw SchedulerError(
                .forbidden,
                "No task can be sent to \(endpoint): \(why). Register another endpoint, or none and fetch them"
            )
        }
        let now = writer.environment.now()
        let id = AgentID("a" + writer.environment.makeID())
        let result = try await writer.write { transaction in
            let own = try transaction.agent(key: caller.id)
            if own == nil, let refusal { throw SchedulerError(.forbidden, refusal) }
            let others = try transaction.agents(of: caller.tenant)
            if let other = others.first(where: { $0.name == registration.name }), other.id != own?.id {
                throw SchedulerError(
                    .conflict,
                    "Agent \(other.id) has the name '\(other.name)': register with its key, or delete it first"
                )
            }
            guard others.count < Self.agentLimit || own != nil else {
                throw SchedulerError(.conflict, "The tenant has \(Self.agentLimit) agents already")
            }
            var agent = AgentRecord(
                id: own?.id ?? id,
                tenant: caller.tenant,
                name: registration.name,
                key: own?.key ?? key.id,
                capabilities: registration.capabilities,
                endpoint: registration.endpoint,
                maximumTasks: registration.maximumTasks,
                bids: registration.bids,
                patience: registration.patience.milliseconds,
                info: registration.info,
                registered: own?.registered ?? now
            )
            agent.assigned = own?.assigned ?? 0
            agent.seen = now
            if own == nil { try transaction.insert(key) }
            try transaction.save(agent)
            try transaction.append(Self.entry("agent.registered", agent, caller, at: now))
            return (agent, own == nil)
        }
        directory.forget()
        inbox.desk.activity.raise()
        return result
    }

    /// The tenant's agents by name, with the tasks each has.
    ///
    /// - Throws: `SchedulerError`.
    package func agents(for caller: Principal) async throws -> [(agent: AgentRecord, tasks: Int)] {
        try await writer.read { snapshot in
            try snapshot.agents(of: caller.tenant).map { ($0, try snapshot.load(of: $0.id)) }
        }
    }

    /// One agent by id or name, with the tasks it has.
    ///
    /// - Throws: `SchedulerError` with `notFound`.
    package func agent(_ id: String, for caller: Principal) async throws -> (agent: AgentRecord, tasks: Int) {
        try await writer.read { snapshot in
            let agent = try Self.agent(id, caller, in: snapshot)
            return (agent, try snapshot.load(of: agent.id))
        }
    }

    /// Why an agent's endpoint gave no sign of life when it was asked last; nil when it did, or is none.
    package func lastError(of agent: AgentID) -> String? { monitor.endpoints?.errors[agent] }

    /// Takes a sign of life.
    ///
    /// - Throws: `SchedulerError`: `notFound`, `forbidden` for another than the agent itself.
    package func heartbeat(of id: String, as caller: Principal) async throws -> AgentRecord {
        let now = writer.environment.now()
        return try await writer.write { [activity = inbox.desk.activity] transaction in
            let agent = try Self.own(id, caller, in: transaction)
            // It may have been away: then nobody watched.
            if !agent.isOnline { transaction.afterCommit { activity.raise() } }
            try AgentMonitor.seen(agent, at: now, in: transaction)
            return try transaction.agent(agent.id) ?? agent
        }
    }

    /// Removes an agent and ends its key; what it has goes to others, or ends.
    ///
    /// - Throws: `SchedulerError` with `notFound`.
    package func deleteAgent(_ id: String, as caller: Principal) async throws {
        let now = writer.environment.now()
        let monitor = monitor
        try await writer.write { transaction in
            let agent = try Self.agent(id, caller, in: transaction)
            try monitor.lose(agent, "It was deleted", at: now, in: transaction)
            try transaction.deleteAgent(agent.id)
            _ = try transaction.revokeAPIKey(agent.key, at: now)
            try transaction.append(Self.entry("agent.deleted", agent, caller, at: now))
        }
        directory.forget()
    }

    /// Messages that wait for an agent; fetching them is a sign of life.
    ///
    /// - Parameters:
    ///   - number: those after it; nil for those of conversations that go on.
    ///   - wait: how long the answer may wait for one.
    /// - Throws: `SchedulerError`: `notFound`, `forbidden` for another than the agent itself.
    package func box(
        of id: String,
        after number: Int64?,
        limit: Int,
        wait: Duration,
        as caller: Principal
    ) async throws -> [MessageRecord] {
        let agent = try await heartbeat(of: id, as: caller)
        let read = { [writer] in
            try await writer.read { snapshot in
                guard let number else { return try snapshot.openMessages(for: agent.id, limit: limit) }
                return try snapshot.messages(for: agent.id, after: number, limit: limit)
            }
        }
        let found = try await read()
        guard found.isEmpty, wait > .zero else { return found }
        try await inbox.desk.hub.wait(for: "box " + agent.id.rawValue, atMost: wait) { try await !read().isEmpty }
        return try await read()
    }

    /// The messages about a job after a number, in order.
    ///
    /// - Throws: `SchedulerError` with `notFound`.
    package func messages(
        of id: JobID,
        after number: Int64,
        limit: Int,
        for caller: Principal
    ) async throws -> [MessageRecord] {
        try await writer.read { snapshot in
            _ = try Self.job(id, caller, in: snapshot)
            return try snapshot.messages(of: id, after: number, limit: min(max(limit, 1), 1_000))
        }
    }

    /// Takes a message of an agent or a client; answers after the commit.
    ///
    /// - Parameter submission: the job a `request` asks for.
    /// - Throws: `SchedulerError`; nothing was changed then.
    package func receive(
        _ message: LAMMessage,
        from caller: Principal,
        submission: JobSubmission? = nil
    ) async throws -> JSONObject {
        do {
            return try await agentInbox.receive(
                message,
                from: caller,
                submission: submission,
                offered: try await offering(caller.tenant)
            )
        } catch let error as SchedulerError where error.code == .policyDenied {
            try await noteDenials([error], of: caller)
            throw error
        } catch let error as SchedulerError where error.code == .staleEpoch {
            staleMessages.increment()
            let now = writer.environment.now()
            // What was refused is on record, too: somebody did something nobody asked for any more.
            try await writer.write { transaction in
                let name = try transaction.agent(key: caller.id)?.name ?? caller.id
                try transaction.append(
                    AuditEntry(
                        tenant: caller.tenant,
                        timestamp: now,
                        actor: "agent/\(name)",
                        action: "agent.stale_message",
                        job: message.job,
                        detail: ["message": .string(message.id.rawValue), "type": .string(message.type.rawValue)]
                    )
                )
            }
            throw error
        }
    }

    /// The configuration with what the tenant's agents offer.
    func offering(_ tenant: TenantID) async throws -> SchedulerConfiguration {
        try await directory.offering(tenant, beside: configuration, writer)
    }

    // MARK: Parts

    private static func agent(_ id: String, _ caller: Principal, in snapshot: any StoreSnapshot) throws -> AgentRecord {
        let named = try snapshot.agents(of: caller.tenant).first { $0.name == id || $0.id.rawValue == id }
        guard let named else { throw SchedulerError(.notFound, "There is no agent \(id.prefix(80))") }
        return named
    }

    private static func own(_ id: String, _ caller: Principal, in snapshot: any StoreSnapshot) throws -> AgentRecord {
        let agent = try agent(id, caller, in: snapshot)
        guard agent.key == caller.id else {
            throw SchedulerError(.forbidden, "Only the key of agent '\(agent.name)' can do that")
        }
        return agent
    }

    private static func entry(
        _ action: String,
        _ agent: AgentRecord,
        _ caller: Principal,
        at now: Int64
    ) -> AuditEntry {
        AuditEntry(
            tenant: agent.tenant,
            timestamp: now,
            actor: caller.id,
            action: action,
            job: nil,
            detail: [
                "agent": .string(agent.name), "id": .string(agent.id.rawValue),
                "capabilities": .array(agent.capabilities.sorted().map { .string($0) }),
                "endpoint": agent.endpoint.map { .string($0) } ?? .null,
            ]
        )
    }
}

extension LAMMessage {
    /// Whether the worker that holds a job says it: those are `receive(_:)`'s.
    package var isWorkers: Bool { payload["worker"] != nil }
}
