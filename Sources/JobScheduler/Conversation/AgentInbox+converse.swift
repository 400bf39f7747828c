import JSON
import JobModel
import Storage

extension AgentInbox {
    /// What an agent says in a conversation.
    ///
    /// - Throws: `SchedulerError`: `staleEpoch` when the assignment is over, which changes nothing.
    func converse(_ context: inout Context) throws {
        let message = context.message
        guard let agent = context.agent else { throw Self.nobodys(message) }
        guard let id = message.conversationID else {
            throw SchedulerError.member(
                "/correlation/conversationId",
                "is missing: an agent's \(message.type.rawValue) belongs to the conversation of its task"
            )
        }
        guard let record = try context.transaction.conversation(ConversationID(id)), record.tenant == agent.tenant,
            message.job == nil || message.job == record.key.job
        else {
            throw SchedulerError(.notFound, "There is no conversation \(id.prefix(80))")
        }
        context.job = record.key.job
        context.conversation = record.id
        let event = try Event(message)
        let now = context.now
        let load = Double(try context.transaction.load(of: agent.id)) / Double(agent.maximumTasks)
        do {
            try desk.change(record, at: now, in: context.transaction) { (net) throws(ContractNet.Stale) in
                try event.apply(to: &net, agent: agent, load: load, at: now)
            }
        } catch is ContractNet.Stale {
            let state =
                record.state.isSettled
                ? "is over: it ended \(record.state.rawValue) under \(record.epoch), and that stays"
                : "is not that of agent '\(agent.name)' under assignment \(message.epoch?.description ?? "none"): it is "
                    + "\(record.state.rawValue) under \(record.epoch)"
            throw SchedulerError(
                .staleEpoch,
                "The task of conversation \(id) \(state); stop, and undo what can be undone"
            )
        }
        try note(event, agent, record, context)
        context.answer["conversation_id"] = .string(record.id.rawValue)
        context.answer["state"] = try context.transaction.conversation(record.id).map { .string($0.state.rawValue) }
    }

    /// Why somebody who is no agent cannot say that: it answers nothing, or is not theirs to say.
    private static func nobodys(_ message: LAMMessage) -> SchedulerError {
        let type = message.type.rawValue
        if message.type == .agree || message.type == .refuse, let id = message.inReplyTo {
            return .member(
                "/correlation/inReplyTo",
                "there is no proposal '\(id.rawValue.prefix(80))': \(type) answers one by the id of its message; GET /jobs/{id}/messages "
                    + "shows those about a job"
            )
        }
        guard message.type == .offer else {
            return .member(
                "/payload/worker",
                "is missing: \(type) comes from the worker that holds the job, or from an agent with its own key"
            )
        }
        let problem = message.conversationID.map { "conversation '\($0.prefix(80))' is not yours" } ?? "is missing"
        return .member(
            "/correlation/conversationId",
            "\(problem): an offer belongs to a conversation in which the scheduler asked an agent, and comes with that agent's own key"
        )
    }

    private func note(
        _ event: Event,
        _ agent: AgentRecord,
        _ record: ConversationRecord,
        _ context: Context
    ) throws {
        if case .inform(_, let data) = event {
            let tick = JobEvent(
                seq: nil,
                job: record.key.job,
                tenant: record.tenant,
                timestamp: context.now,
                epoch: record.lease,
                step: record.key.step,
                kind: .progress,
                data: data
            )
            context.transaction.afterCommit { [announcer = desk.writer.announcer] in announcer.progress.tick(tick) }
            return
        }
        var detail: JSONObject = ["agent": .string(agent.name), "assignment": .integer(record.epoch.rawValue)]
        if case .failure(_, let message, _, _) = event { detail["message"] = .string(message) }
        try desk.audit(
            record,
            "agent.\(context.message.type.rawValue)",
            "agent/\(agent.name)",
            detail,
            in: context.transaction
        )
    }

    /// What an agent says, read.
    enum Event {
        case offer(cost: Double?)
        case agree(Epoch)
        case refuse(Epoch?, String)
        case inform(Epoch, JSONObject)
        case done(Epoch, JSONValue)
        case failure(Epoch, String, hasActed: Bool, isRetryable: Bool)

        /// - Throws: `SchedulerError` with `invalidInput`.
        init(_ message: LAMMessage) throws {
            let payload = message.payload
            func epoch() throws -> Epoch {
                guard let epoch = message.epoch else {
                    throw SchedulerError.member("/epoch", "is missing: it is that of the assignment")
                }
                return epoch
            }
            func sentence(_ fallback: String) -> String {
                String((payload["message"]?.string ?? payload["reason"]?.string ?? fallback).prefix(2_000))
            }
            switch message.type {
            case .offer:
                if let cost = payload["cost"], cost.double.map({ $0 < 0 }) ?? true {
                    throw SchedulerError.member(
                        "/payload/cost",
                        "must be a number from 0, is \(cost.text().prefix(60))"
                    )
                }
                self = .offer(cost: payload["cost"]?.double)
            case .agree: self = .agree(try epoch())
            case .refuse: self = .refuse(message.epoch, sentence("The agent refuses"))
            case .inform: self = .inform(try epoch(), payload)
            case .done:
                guard let result = payload["result"] else {
                    throw SchedulerError.member("/payload/result", "is missing: what came of it, null for nothing")
                }
                self = .done(try epoch(), result)
            default:
                self = .failure(
                    try epoch(),
                    sentence("The agent failed without a word"),
                    hasActed: try Self.flag("acted", payload) ?? true,
                    isRetryable: try Self.flag("retryable", payload) ?? false
                )
            }
        }

        private static func flag(_ name: String, _ payload: JSONObject) throws -> Bool? {
            guard let value = payload[name], !value.isNull else { return nil }
            guard let flag = value.bool else {
                throw SchedulerError.member(JSONPointer(["payload", name]), "must be true or false")
            }
            return flag
        }

        func apply(
            to net: inout ContractNet,
            agent: AgentRecord,
            load: Double,
            at now: Int64
        ) throws(ContractNet.Stale) -> [ContractNet.Action] {
            let id = agent.id
            switch self {
            case .offer(let cost):
                let offer = ConversationRecord.Offer(agent: id, cost: cost, load: load, assigned: agent.assigned)
                return net.offered(offer, at: now)
            case .agree(let epoch): return try net.agreed(id, epoch, at: now)
            case .refuse(let epoch, let message): return try net.refused(id, epoch, message, at: now)
            case .inform(let epoch, _): return try net.informed(id, epoch, at: now)
            case .done(let epoch, let result): return try net.done(id, epoch, result: result, at: now)
            case .failure(let epoch, let message, let hasActed, let isRetryable):
                return try net.failed(id, epoch, message, hasActed: hasActed, isRetryable: isRetryable, at: now)
            }
        }
    }
}
