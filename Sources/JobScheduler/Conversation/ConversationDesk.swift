import JSON
import JobModel
package import Storage
import Telemetry

/// Carries out what contract nets decide: rows, messages, audit, all in the caller's transaction.
struct ConversationDesk: Sendable {
    let writer: JobWriter
    let limits: ContractNet.Limits
    let hub: ConversationHub
    /// Raised when an assignment waits to be sent to an endpoint.
    let dispatch: Signal
    /// Raised when an agent gave a sign of life or a conversation began: from then on time matters to them.
    let activity: Signal

    /// Begins a conversation about a task.
    func open(_ record: ConversationRecord, in transaction: any StoreTransaction) throws {
        var net = ContractNet(record, limits: limits)
        let candidates = try candidates(for: record, in: transaction)
        let actions = net.found(candidates, at: record.created)
        try audit(record, "agent.sought", "scheduler", ["capability": .string(record.capability)], in: transaction)
        try carryOut(actions, &net, at: record.created, in: transaction)
        transaction.afterCommit { [activity] in activity.raise() }
    }

    /// Changes a conversation.
    ///
    /// - Throws: what `body` throws; nothing was changed then.
    func change<E: Error>(
        _ record: ConversationRecord,
        at now: Int64,
        in transaction: any StoreTransaction,
        _ body: (inout ContractNet) throws(E) -> [ContractNet.Action]
    ) throws {
        var net = ContractNet(record, limits: limits)
        let actions = try body(&net)
        guard net.record != record || !actions.isEmpty else { return }
        try carryOut(actions, &net, at: now, in: transaction)
    }

    // MARK: Parts

    private func carryOut(
        _ actions: [ContractNet.Action],
        _ net: inout ContractNet,
        at now: Int64,
        in transaction: any StoreTransaction
    ) throws {
        var rest = actions
        while !rest.isEmpty {
            let action = rest.removeFirst()
            if case .look = action {
                rest += net.found(try candidates(for: net.record, in: transaction), at: now)
            } else {
                try carryOut(action, net.record, at: now, in: transaction)
            }
        }
        var record = net.record
        record.updated = now
        try transaction.save(record)
    }

    private func carryOut(
        _ action: ContractNet.Action,
        _ record: ConversationRecord,
        at now: Int64,
        in transaction: any StoreTransaction
    ) throws {
        switch action {
        case .look: break
        case .discover(let agent):
            try send(.discover, to: agent, record, ["capability": .string(record.capability)], at: now, in: transaction)
        case .assign(let agent, let epoch):
            try assign(record, to: agent, epoch, at: now, in: transaction)
        case .turnDown(let agent):
            let payload: JSONObject = ["reason": "not_selected"]
            try send(.refuse, to: agent, record, payload, at: now, in: transaction)
        case .withdraw(let agent, let epoch):
            let payload: JSONObject = ["reason": "withdrawn"]
            try send(.refuse, to: agent, record, payload, epoch: epoch, at: now, in: transaction)
        case .confirm(let agent, let epoch):
            try send(.confirm, to: agent, record, [:], epoch: epoch, at: now, in: transaction)
        case .settled:
            var detail = record.outcome
            detail["result"] = nil
            detail["state"] = .string(record.state.rawValue)
            try audit(record, "agent.task_ended", "scheduler", detail, in: transaction)
            transaction.afterCommit { [hub] in hub.raise(record.id.rawValue) }
        }
    }

    private func assign(
        _ record: ConversationRecord,
        to id: AgentID,
        _ epoch: Epoch,
        at now: Int64,
        in transaction: any StoreTransaction
    ) throws {
        guard var agent = try transaction.agent(id) else { return }
        agent.assigned = now
        try transaction.save(agent)
        let payload: JSONObject = [
            "capability": .string(record.capability), "input": record.input,
            "idempotent": .bool(record.isIdempotent), "deadline": .string(RFC3339.format(record.deadline)),
        ]
        try send(.assign, to: id, record, payload, epoch: epoch, at: now, in: transaction)
        let detail: JSONObject = ["agent": .string(agent.name), "assignment": .integer(epoch.rawValue)]
        try audit(record, "agent.assigned", "scheduler", detail, in: transaction)
        if agent.endpoint != nil { transaction.afterCommit { [dispatch] in dispatch.raise() } }
    }

    /// Puts a message into an agent's box.
    private func send(
        _ type: LAMMessage.MessageType,
        to agent: AgentID,
        _ record: ConversationRecord,
        _ payload: JSONObject,
        epoch: Epoch? = nil,
        at now: Int64,
        in transaction: any StoreTransaction
    ) throws {
        guard let receiver = try transaction.agent(agent) else { return }
        var message = LAMMessage(
            id: MessageID(ofScheduler: writer.environment.makeID()),
            timestamp: now,
            type: type,
            sender: Self.scheduler,
            to: [receiver.address],
            payload: ([
                "job_id": .string(record.key.job.rawValue), "step_id": .string(record.key.step.rawValue),
                "iteration": JSONValue(record.key.iteration),
            ] as JSONObject).merging(payload),
            context: ["tenant": .string(record.tenant.rawValue)]
        )
        message.conversationID = record.id.rawValue
        message.epoch = epoch
        if type == .discover || type == .assign { message.replyBy = record.timer }
        try post(message, to: agent, tenant: record.tenant, job: record.key.job, record.id, at: now, in: transaction)
    }

    /// Stores a message of ours, or one passed on, for an agent.
    func post(
        _ message: LAMMessage,
        to agent: AgentID?,
        tenant: TenantID,
        job: JobID?,
        _ conversation: ConversationID? = nil,
        at now: Int64,
        in transaction: any StoreTransaction
    ) throws {
        try transaction.insert(
            MessageRecord(
                id: message.id,
                tenant: tenant,
                job: job,
                conversation: conversation,
                type: message.type.rawValue,
                sender: message.sender,
                // Not for an agent, but one of ours all the same: nobody has the empty id.
                recipient: agent ?? "",
                fingerprint: [],
                answer: [:],
                body: StoredJSON(message.json),
                received: now
            )
        )
        if let agent { transaction.afterCommit { [hub] in hub.raise("box " + agent.rawValue) } }
    }

    static let scheduler = "agent://scheduler"

    /// Agents that are there, can do it and have room.
    private func candidates(
        for record: ConversationRecord,
        in transaction: any StoreTransaction
    ) throws -> [ContractNet.Candidate] {
        try transaction.agents(of: record.tenant).compactMap { agent in
            guard agent.isOnline, agent.capabilities.contains(record.capability),
                record.wanted == nil || record.wanted == agent.name || record.wanted == agent.id.rawValue
            else { return nil }
            let load = try transaction.load(of: agent.id)
            guard load < agent.maximumTasks else { return nil }
            return ContractNet.Candidate(
                agent: agent.id,
                bids: agent.bids,
                load: Double(load) / Double(agent.maximumTasks),
                assigned: agent.assigned
            )
        }
    }

    func audit(
        _ record: ConversationRecord,
        _ action: String,
        _ actor: String,
        _ detail: JSONObject,
        in transaction: any StoreTransaction
    ) throws {
        var detail = detail
        detail["conversation"] = .string(record.id.rawValue)
        detail["step_id"] = .string(record.key.step.rawValue)
        try transaction.append(
            AuditEntry(
                tenant: record.tenant,
                timestamp: writer.environment.now(),
                actor: actor,
                action: action,
                job: record.key.job,
                detail: detail
            )
        )
    }
}

extension AgentRecord {
    /// How messages name it.
    package var address: String { "agent://agent/\(name)" }
}
