import JSON
import JobModel
import Security
import Storage

/// Takes the messages of agents and clients: each is processed once, in one transaction with what it changes, and acknowledged.
struct AgentInbox: Sendable {
    static let hopLimit = 8
    /// Milliseconds between two signs of life of an agent that speaks all the time, at most.
    private static let longestSilence: Int64 = 5_000

    let desk: ConversationDesk
    let configuration: SchedulerConfiguration
    private var writer: JobWriter { desk.writer }

    init(desk: ConversationDesk, configuration: SchedulerConfiguration) {
        self.desk = desk
        self.configuration = configuration
    }

    /// Processes a message; the same one gets the same answer again.
    ///
    /// - Parameter submission: the job a `request` asks for.
    /// - Throws: `SchedulerError`; nothing was changed then.
    func receive(
        _ message: LAMMessage,
        from caller: Principal,
        submission: JobSubmission?,
        offered: SchedulerConfiguration
    ) async throws -> JSONObject {
        try message.checkID()
        let prepared = try submission.map { try PreparedSubmission($0, by: caller, offered, writer.environment) }
        let now = writer.environment.now()
        let received = ReceivedMessage(message, at: now)
        let inbox = self
        return try await writer.write { transaction in
            let sender = try transaction.agent(key: caller.id)
            if let sender { try inbox.hear(sender, at: now, in: transaction) }
            if let known = try received.known(of: caller.tenant, in: transaction) { return known.answer }
            try message.checkSender(agent: sender)
            try message.checkReceivers()
            var context = Context(message: message, caller: caller, agent: sender, now: now, transaction: transaction)
            try received.save(for: caller.tenant, in: transaction)
            try inbox.process(&context, prepared)
            context.answer["acknowledged"] = .string(message.id.rawValue)
            try received.settle(
                for: caller.tenant,
                about: context.job,
                context.conversation,
                answer: context.answer,
                in: transaction
            )
            return context.answer
        }
    }

    /// Whatever an agent says shows that it is there; written down no more often than its patience makes it matter.
    private func hear(_ agent: AgentRecord, at now: Int64, in transaction: any StoreTransaction) throws {
        guard !agent.isOnline || now - agent.seen >= min(agent.patience / 10, Self.longestSilence) else { return }
        // It may have been away: then nobody watched.
        if !agent.isOnline { transaction.afterCommit { [activity = desk.activity] in activity.raise() } }
        try AgentMonitor.seen(agent, at: now, in: transaction)
    }

    /// One message on its way through.
    struct Context {
        let message: LAMMessage
        let caller: Principal
        /// The agent that sent it; nil for anybody else.
        let agent: AgentRecord?
        let now: Int64
        let transaction: any StoreTransaction
        var job: JobID?
        var conversation: ConversationID?
        var answer = JSONObject()
    }

    private func process(_ context: inout Context, _ submission: PreparedSubmission?) throws {
        switch context.message.type {
        case .request: try request(&context, submission)
        case .discover: try discover(&context)
        case .offer, .agree, .refuse, .inform, .done, .failure:
            if isAnswer(context) { try answerProposal(&context) } else { try converse(&context) }
        case .propose: try propose(&context)
        case .confirm: try confirm(&context)
        case .route: try route(&context)
        case .assign:
            throw SchedulerError.member(
                "/type",
                "'assign' is the scheduler's to say; send a request with 'capability', and 'agent' when it must be that one"
            )
        }
    }

    // MARK: Jobs

    private func request(_ context: inout Context, _ submission: PreparedSubmission?) throws {
        guard let submission else {
            throw SchedulerError.member(
                "/payload",
                "a request says what is wanted: 'task' or 'intent' of the message, or 'scenario' or 'capability' of its payload"
            )
        }
        let job = try submission.commit(in: context.transaction, announcing: writer.announcer).job
        context.job = job.id
        context.answer["job_id"] = .string(job.id.rawValue)
        context.answer["state"] = .string(job.state.rawValue)
        let agree = reply(.agree, context, ["job_id": .string(job.id.rawValue)])
        context.answer["replies"] = [.object(agree.json)]
        // It has its answer: this is for the record of the job alone.
        try desk.post(agree, to: nil, tenant: job.tenant, job: job.id, at: context.now, in: context.transaction)
    }

    private func confirm(_ context: inout Context) throws {
        let job = try Self.job(&context)
        guard job.state == .done else {
            throw SchedulerError(.conflict, "Job \(job.id) is \(job.state.rawValue): only a result can be confirmed")
        }
        try audit("job.confirmed", context, in: context.transaction)
    }

    // MARK: Proposals

    private func propose(_ context: inout Context) throws {
        _ = try Self.job(&context)
        guard context.message.payload["proposal"] != nil else {
            throw SchedulerError.member("/payload/proposal", "is missing: what is proposed, in any form")
        }
        context.answer["state"] = "proposed"
        try audit("message.proposed", context, in: context.transaction)
    }

    /// Whether it answers a proposal, which anybody may do.
    private func isAnswer(_ context: Context) -> Bool {
        guard context.message.type == .agree || context.message.type == .refuse,
            let id = context.message.inReplyTo,
            let proposal = try? context.transaction.message(id, of: context.caller.tenant)
        else { return false }
        return proposal.type == LAMMessage.MessageType.propose.rawValue
    }

    private func answerProposal(_ context: inout Context) throws {
        let job = try Self.job(&context)
        let transaction = context.transaction
        guard let id = context.message.inReplyTo, let proposal = try transaction.message(id, of: job.tenant),
            proposal.job == job.id
        else {
            throw SchedulerError.member("/correlation/inReplyTo", "there is no such proposal about job \(job.id)")
        }
        let limit = try proposal.body?.object()["replyBy"]?.string.flatMap(RFC3339.parse)
        let isLate = limit.map { $0 < context.now } ?? false
        context.answer["late"] = .bool(isLate)
        guard !isLate else { return }
        try checkAnswer(to: proposal, of: job, context)
        try audit("message.\(context.message.type.rawValue)", context, in: transaction)
        let name = proposal.sender.split(separator: "/").last.map(String.init) ?? ""
        guard proposal.sender.hasPrefix("agent://agent/"),
            let agent = try transaction.agents(of: job.tenant).first(where: {
                $0.name == name || $0.id.rawValue == name
            })
        else { return }
        try forward(context.message, to: agent, job: job.id, context)
    }

    /// The first answer in time decides: several may say the same, but nobody says the opposite any more.
    private func checkAnswer(to proposal: MessageRecord, of job: JobRecord, _ context: Context) throws {
        let opposite: LAMMessage.MessageType = context.message.type == .agree ? .refuse : .agree
        var number = proposal.number
        while true {
            let page = try context.transaction.messages(of: job.id, after: number, limit: 500)
            for record in page where record.type == opposite.rawValue && record.answer["late"] == false {
                let answered = try record.body?.object()["correlation"]?["inReplyTo"]?.string
                guard answered == proposal.id.rawValue else { continue }
                let word = opposite == .agree ? "agreed to" : "refused"
                throw SchedulerError(
                    .conflict,
                    "The proposal \(proposal.id) was \(word) by \(record.sender) (message \(record.id)): it stays so; propose it anew"
                )
            }
            guard page.count == 500, let last = page.last else { return }
            number = last.number
        }
    }

    // MARK: Agents

    private func discover(_ context: inout Context) throws {
        guard let capability = context.message.payload["capability"]?.string else {
            throw SchedulerError.member("/payload/capability", "is missing: what an agent must be able to do")
        }
        let agents = try context.transaction.agents(of: context.caller.tenant)
        let offers = try agents.filter { $0.isOnline && $0.capabilities.contains(capability) }.map { agent in
            let load = try context.transaction.load(of: agent.id)
            var offer = reply(
                .offer,
                context,
                [
                    "capability": .string(capability), "agent": .string(agent.name), "tasks": JSONValue(load),
                    "max_tasks": JSONValue(agent.maximumTasks),
                ]
            )
            offer.sender = agent.address
            return JSONValue.object(offer.json)
        }
        context.answer["replies"] = .array(offers)
    }

    private func route(_ context: inout Context) throws {
        let hops = context.message.payload["hops"]?.int ?? 0
        guard (0..<Self.hopLimit).contains(hops) else {
            throw SchedulerError.member(
                "/payload/hops",
                "is \(hops): a message goes through at most \(Self.hopLimit) hands"
            )
        }
        if context.message.payload["job_id"] != nil { _ = try Self.job(&context) }
        let agents = try context.transaction.agents(of: context.caller.tenant)
        for (index, receiver) in context.message.to.enumerated() {
            guard let agent = agents.first(where: { $0.address == receiver || "agent://agent/\($0.id)" == receiver })
            else {
                throw SchedulerError.member(JSONPointer(["to", String(index)]), "there is no agent \(receiver)")
            }
            var message = context.message
            message.payload["hops"] = JSONValue(hops + 1)
            message.to = [receiver]
            try forward(message, to: agent, job: context.job, context)
        }
        context.answer["state"] = "routed"
    }

    private func forward(_ message: LAMMessage, to agent: AgentRecord, job: JobID?, _ context: Context) throws {
        var message = message
        // Its own id is that of what came in.
        message.other["forwarded"] = .string(message.id.rawValue)
        message.id = MessageID(ofScheduler: writer.environment.makeID())
        try desk.post(
            message,
            to: agent.id,
            tenant: agent.tenant,
            job: job,
            at: context.now,
            in: context.transaction
        )
    }

    // MARK: Parts

    static func job(_ context: inout Context) throws -> JobRecord {
        guard let id = context.message.payload["job_id"]?.string else {
            throw SchedulerError.member(
                "/payload/job_id",
                "is missing: \(context.message.type.rawValue) is about a job"
            )
        }
        guard let job = try context.transaction.job(JobID(id)), job.tenant == context.caller.tenant else {
            throw SchedulerError.notFound(JobID(id))
        }
        context.job = job.id
        return job
    }

    private func reply(_ type: LAMMessage.MessageType, _ context: Context, _ payload: JSONObject) -> LAMMessage {
        var message = LAMMessage(
            id: MessageID(ofScheduler: writer.environment.makeID()),
            timestamp: context.now,
            type: type,
            sender: ConversationDesk.scheduler,
            to: [context.message.sender],
            payload: payload,
            context: ["tenant": .string(context.caller.tenant.rawValue)]
        )
        message.conversationID = context.message.conversationID
        message.inReplyTo = context.message.id
        return message
    }

    func audit(_ action: String, _ context: Context, in transaction: any StoreTransaction) throws {
        try transaction.append(
            AuditEntry(
                tenant: context.caller.tenant,
                timestamp: context.now,
                actor: context.agent.map { "agent/\($0.name)" } ?? context.caller.id,
                action: action,
                job: context.job,
                detail: ["message": .string(context.message.id.rawValue)]
            )
        )
    }
}
