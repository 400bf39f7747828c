package import JSON
package import JobModel

/// One task of a job given to agents, as it is stored.
package struct ConversationRecord: Hashable, Sendable {
    /// Where it stands (docs/lam.md draws the table).
    package enum State: String, Sendable, CaseIterable {
        /// Agents are asked, or looked for. Can transition to: assigning, failed, cancelled.
        case discovering
        /// An agent has been told. Can transition to: running, discovering, done, failed, cancelled.
        case assigning
        /// An agent has agreed. Can transition to: done, failed, discovering (handed back), cancelled.
        case running
        case done, failed, cancelled

        /// Whether nothing happens any more.
        package var isSettled: Bool { self == .done || self == .failed || self == .cancelled }
    }

    /// What an agent would do it for.
    package struct Offer: Hashable, Sendable {
        package var agent: AgentID
        /// In its own terms; nil counts as 0.
        package var cost: Double?
        /// Its tasks by its limit, 0 to 1.
        package var load: Double
        /// When it was last given a task.
        package var assigned: Int64

        /// An offer.
        package init(agent: AgentID, cost: Double?, load: Double, assigned: Int64) {
            self.agent = agent
            self.cost = cost
            self.load = load
            self.assigned = assigned
        }
    }

    /// Names it.
    package var id: ConversationID
    package var tenant: TenantID
    /// Job, task and round it is about.
    package var key: JournalKey
    /// The lease of the worker that waits for it.
    package var lease: Epoch
    /// What an agent must be able to do.
    package var capability: String
    /// What it is to do it with.
    package var input: JSONValue
    /// The only agent asked, by name; nil for any.
    package var wanted: String?
    /// Whether it may be begun again elsewhere after an agent that began it is gone.
    package var isIdempotent: Bool
    package var state: State
    /// Who has it.
    package var agent: AgentID?
    /// Counts assignments: the fence of the agent's messages.
    package var epoch: Epoch
    /// When the assignment was sent to an endpoint; nil until then, and for agents that fetch.
    package var dispatched: Int64?
    /// Offers not taken yet.
    package var offers: [Offer]
    /// Agents whose answer is awaited.
    package var asked: Set<AgentID>
    /// Agents it was given to.
    package var tried: Set<AgentID>
    /// How often nobody was found.
    package var rounds: Int
    /// When something must happen by itself.
    package var timer: Int64?
    /// When all of it must be over.
    package var deadline: Int64
    /// How it ended: `result`, or `reason`, `message`, `may_have_acted`, `retryable`; before that how the last agent failed.
    package var outcome: JSONObject
    /// Milliseconds since 1970.
    package var created: Int64
    package var updated: Int64

    /// A conversation that begins.
    package init(
        id: ConversationID,
        tenant: TenantID,
        key: JournalKey,
        lease: Epoch,
        capability: String,
        input: JSONValue,
        wanted: String?,
        isIdempotent: Bool,
        deadline: Int64,
        created: Int64
    ) {
        self.id = id
        self.tenant = tenant
        self.key = key
        self.lease = lease
        self.capability = capability
        self.input = input
        self.wanted = wanted
        self.isIdempotent = isIdempotent
        self.deadline = deadline
        self.created = created
        updated = created
        state = .discovering
        epoch = Epoch(0)
        offers = []
        asked = []
        tried = []
        rounds = 0
        outcome = [:]
    }
}

extension ConversationRecord {
    /// What has no column of its own.
    var data: JSONObject {
        var json: JSONObject = [
            "capability": .string(capability), "input": input, "idempotent": .bool(isIdempotent),
            "lease": .integer(lease.rawValue), "asked": .array(asked.map(\.rawValue).sorted().map { .string($0) }),
            "tried": .array(tried.map(\.rawValue).sorted().map { .string($0) }), "rounds": JSONValue(rounds),
            "offers": .array(offers.map { .object($0.json) }), "deadline_ms": .integer(deadline),
            "outcome": .object(outcome),
        ]
        json["wanted"] = wanted.map { .string($0) }
        return json
    }

    /// Takes over what has no column of its own.
    mutating func read(_ json: JSONObject) {
        lease = Epoch(json["lease"]?.int64 ?? 0)
        asked = Set((json["asked"]?.array ?? []).compactMap { $0.string.map { AgentID($0) } })
        tried = Set((json["tried"]?.array ?? []).compactMap { $0.string.map { AgentID($0) } })
        rounds = json["rounds"]?.int ?? 0
        offers = (json["offers"]?.array ?? []).compactMap { $0.object.flatMap(Offer.init) }
        outcome = json["outcome"]?.object ?? [:]
    }
}

extension ConversationRecord.Offer {
    fileprivate var json: JSONObject {
        var json: JSONObject = [
            "agent": .string(agent.rawValue), "load": .number(load), "assigned_ms": .integer(assigned),
        ]
        json["cost"] = cost.map { .number($0) }
        return json
    }

    fileprivate init?(_ json: JSONObject) {
        guard let agent = json["agent"]?.string else { return nil }
        self.init(
            agent: AgentID(agent),
            cost: json["cost"]?.double,
            load: json["load"]?.double ?? 0,
            assigned: json["assigned_ms"]?.int64 ?? 0
        )
    }
}
