import JSON
import JobModel
import Security
import Storage
import Telemetry

/// Sends assignments to the endpoints of agents, and takes what they answer for their word.
///
/// That it is sent is written down first: after a crash in between nobody knows whether it arrived, and the agreement's time
/// limit decides as for an agent that fell silent. One that has no slot yet is not sent, and its time has not begun.
struct AgentDispatcher: Sendable {
    /// What an endpoint can say of its task.
    private static let answers: Set<LAMMessage.MessageType> = [.agree, .refuse, .inform, .done, .failure]

    /// Why its answer itself is refused, whenever it comes.
    private static let refusals: Set<SchedulerError.Code> = [.invalidInput, .notFound, .conflict]

    let inbox: AgentInbox
    let caller: any AgentCaller
    let wake: Signal
    let logger: Logger
    let slots = CallSlots()
    private var writer: JobWriter { inbox.desk.writer }

    init(inbox: AgentInbox, caller: any AgentCaller, wake: Signal, logger: Logger) {
        self.inbox = inbox
        self.caller = caller
        self.wake = wake
        self.logger = logger
    }

    /// Sends until cancelled; looks when an assignment was written, and when a call is over.
    func run() async {
        await withDiscardingTaskGroup { group in
            var alarm = Alarm()
            wake.raise()
            for await _ in wake.heard {
                do {
                    while let assignments = try await begin() {
                        for (conversation, agent) in assignments {
                            group.addTask { await self.send(conversation, to: agent) }
                        }
                    }
                } catch {
                    logger.warning("Assignments cannot be sent and are tried again", ["error": "\(error)"])
                    alarm.set(in: .seconds(1), raising: wake, in: &group)
                }
            }
            group.cancelAll()
        }
    }

    /// Gives slots to assignments that wait, and writes down that they are sent.
    ///
    /// - Returns: those that must be sent now; nil when nothing waits that could have a slot.
    func begin() async throws -> [(ConversationRecord, AgentRecord)]? {
        let (free, full) = (slots.free, slots.fullTenants)
        guard free > 0 else { return nil }
        // Mostly nothing waits, and then nothing is written.
        let found = try await writer.read { snapshot in
            try snapshot.undispatchedConversations(limit: free, except: full).map { $0.conversation }
        }
        let waiting = found.filter { slots.take(Self.slot(of: $0), of: $0.tenant) }
        guard !waiting.isEmpty else { return nil }
        do {
            let begun = try await note(waiting)
            let sent = Set(begun.map { Self.slot(of: $0.0) })
            for slot in waiting.map(Self.slot(of:)) where !sent.contains(slot) { slots.giveBack(slot) }
            return begun
        } catch {
            for conversation in waiting { slots.giveBack(Self.slot(of: conversation)) }
            throw error
        }
    }

    /// Another assignment of the same conversation, to somebody else, does not wait for the call of the one before.
    private static func slot(of conversation: ConversationRecord) -> String {
        "\(conversation.id.rawValue) \(conversation.epoch.rawValue)"
    }

    /// Those of which nobody has thought better meanwhile.
    private func note(_ waiting: [ConversationRecord]) async throws -> [(ConversationRecord, AgentRecord)] {
        let now = writer.environment.now()
        return try await writer.write { [inbox] transaction in
            try waiting.compactMap { conversation in
                guard let current = try transaction.conversation(conversation.id), current.state == .assigning,
                    current.epoch == conversation.epoch, current.dispatched == nil,
                    let agent = try current.agent.flatMap({ try transaction.agent($0) }), agent.endpoint != nil
                else { return nil }
                try inbox.desk.change(current, at: now, in: transaction) { net in
                    net.dispatched(at: now)
                    return []
                }
                return try transaction.conversation(conversation.id).map { ($0, agent) }
            }
        }
    }

    /// Sends an assignment that has a slot, and takes what is answered.
    func send(_ conversation: ConversationRecord, to agent: AgentRecord) async {
        defer {
            slots.giveBack(Self.slot(of: conversation))
            wake.raise()
        }
        await dispatch(conversation, to: agent)
    }

    private func dispatch(_ conversation: ConversationRecord, to agent: AgentRecord) async {
        do {
            guard let message = try await assignment(conversation, agent), let endpoint = agent.endpoint else { return }
            guard inbox.configuration.allows(endpoint: endpoint) else {
                return try await unreachable(conversation, agent, "The operator does not allow \(endpoint) any more")
            }
            switch await caller.assign(message, to: endpoint, of: agent.id) {
            case .notSent(let why): try await unreachable(conversation, agent, why)
            case .unknown(let why):
                // Cut off by the scheduler's end: the agreement's time limit decides, as after a crash.
                guard !Task.isCancelled else { return }
                try await change(conversation) { $0.lost(agent.id, "Nobody knows whether it was told: \(why)", at: $1) }
            case .answered(let status, let body): try await answered(conversation, agent, message, status, body)
            }
        } catch {
            logger.warning(
                "The answer of an agent was not taken",
                ["agent": agent.name, "conversation": conversation.id.rawValue, "error": "\(error)"]
            )
        }
    }

    private func assignment(_ conversation: ConversationRecord, _ agent: AgentRecord) async throws -> LAMMessage? {
        let messages = try await writer.read { try $0.openMessages(for: agent.id, limit: 10_000) }
        let record = messages.last { $0.conversation == conversation.id && $0.type == "assign" }
        guard let body = record?.body else { return nil }
        var message = try LAMMessage(json: body.object())
        // Its time began when it was sent.
        message.replyBy = conversation.timer
        return message
    }

    /// Its answer is a LAM message, or a status that says the same.
    private func answered(
        _ conversation: ConversationRecord,
        _ agent: AgentRecord,
        _ assign: LAMMessage,
        _ status: Int,
        _ body: JSONObject?
    ) async throws {
        let said = "It answered \(status)" + (body?["detail"]?.string.map { ": \($0.prefix(300))" } ?? "")
        var message = reply(assign, agent)
        switch (status, body?["type"]?.string.flatMap(LAMMessage.MessageType.init(rawValue:))) {
        case (200..<300, let type?):
            guard Self.answers.contains(type) else {
                let words = Self.answers.map(\.rawValue).sorted().joined(separator: ", ")
                return try await useless(
                    conversation,
                    agent,
                    "'\(type.rawValue)' is no answer to a task; it is one of \(words)"
                )
            }
            message.type = type
            message.payload = message.payload.merging(body?["payload"]?.object ?? [:])
            if let id = body?["id"]?.string { message.id = MessageID(id) }
        case (200..<300, nil): message.type = .agree
        // A server says 408 and 425 of a request that it may have passed on before.
        case (400..<500, _) where status != 408 && status != 425, (503, _):
            message.type = .refuse
            message.payload["message"] = .string(said)
        // A redirect too: who redirects may have taken the task before.
        default:
            return try await change(conversation) { $0.lost(agent.id, said, at: $1) }
        }
        do {
            _ = try await inbox.receive(
                message,
                from: Principal(id: agent.key, tenant: agent.tenant),
                submission: nil,
                offered: inbox.configuration
            )
        } catch let error as SchedulerError where Self.refusals.contains(error.code) {
            try await useless(conversation, agent, error.message)
        }
    }

    /// It answered, so it has read the task; what it says cannot be taken, and nothing better will come.
    private func useless(_ conversation: ConversationRecord, _ agent: AgentRecord, _ why: String) async throws {
        try await change(conversation) { $0.lost(agent.id, "Its answer cannot be used: \(why)", at: $1) }
    }

    private func reply(_ assign: LAMMessage, _ agent: AgentRecord) -> LAMMessage {
        var message = LAMMessage(
            id: MessageID("m" + writer.environment.makeID()),
            timestamp: writer.environment.now(),
            type: .agree,
            sender: agent.address,
            to: [ConversationDesk.scheduler],
            payload: ["job_id": assign.payload["job_id"] ?? .null]
        )
        message.conversationID = assign.conversationID
        message.inReplyTo = assign.id
        message.epoch = assign.epoch
        return message
    }

    private func unreachable(_ conversation: ConversationRecord, _ agent: AgentRecord, _ why: String) async throws {
        let epoch = conversation.epoch
        try await change(conversation) { $0.unreachable(agent.id, epoch, why, at: $1) }
    }

    private func change(
        _ conversation: ConversationRecord,
        _ body: @escaping @Sendable (inout ContractNet, Int64) -> [ContractNet.Action]
    ) async throws {
        let now = writer.environment.now()
        try await writer.write { [inbox] transaction in
            // Between the question and the answer the world went on.
            guard let current = try transaction.conversation(conversation.id), current.epoch == conversation.epoch
            else { return }
            try inbox.desk.change(current, at: now, in: transaction) { body(&$0, now) }
        }
    }
}

extension SchedulerConfiguration {
    /// Whether tasks may be sent there.
    func allows(endpoint: String) -> Bool {
        guard let authority = AgentEndpoint.authority(of: endpoint) else { return false }
        let host = AgentEndpoint.host(of: authority)
        return agentEndpoints.contains(authority) || agentEndpoints.contains(host)
    }
}

/// Addresses agents may register.
enum AgentEndpoint {
    /// `host:port` of `http://host:port/path`; nil for anything else, names with secrets among it.
    static func authority(of endpoint: String) -> String? {
        let rest: Substring
        let fallback: String
        if endpoint.hasPrefix("http://") {
            (rest, fallback) = (endpoint.dropFirst(7), "80")
        } else if endpoint.hasPrefix("https://") {
            (rest, fallback) = (endpoint.dropFirst(8), "443")
        } else {
            return nil
        }
        let authority = rest.prefix { $0 != "/" }
        let isPlain = endpoint.unicodeScalars.allSatisfy {
            $0.value > 0x20 && $0.value < 0x7F && !"?#@\\".unicodeScalars.contains($0)
        }
        guard isPlain, !authority.isEmpty, endpoint.utf8.count <= 500 else { return nil }
        let host = host(of: String(authority))
        guard !host.isEmpty else { return nil }
        let port = authority.dropFirst(host.count)
        if port.isEmpty { return "\(host.lowercased()):\(fallback)" }
        guard port.first == ":", let number = Int(port.dropFirst()), (1...65_535).contains(number) else { return nil }
        return "\(host.lowercased()):\(number)"
    }

    /// The host of `host:port`, an IPv6 address with its brackets.
    static func host(of authority: String) -> String {
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") { return String(authority[...end]) }
        return String(authority.prefix { $0 != ":" })
    }
}
