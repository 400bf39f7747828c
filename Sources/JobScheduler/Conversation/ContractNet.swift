import JSON
import JobModel
import Storage

/// One task given to agents, as a contract net: discover → offer → assign → agree → inform* → done | failure → confirm.
///
/// Pure: every call says what must be sent and written. docs/lam.md has the table. At most one agent holds the task, under an
/// epoch that grows with every assignment; what another says of it is refused. A task that may have been begun is given to
/// another agent only when it is idempotent; else it ends in doubt.
struct ContractNet {
    /// How long answers are waited for.
    struct Limits: Hashable, Sendable {
        /// For offers.
        var bids: Duration = .seconds(2)
        /// For an agent's word that it takes a task.
        var agreement: Duration = .seconds(15)
        /// Until somebody is looked for again after nobody was found.
        var pause: Duration = .seconds(2)
        /// How often somebody is looked for.
        var rounds = 3
    }

    /// An agent that could do it.
    struct Candidate: Hashable {
        var agent: AgentID
        /// Whether it must be asked; else its presence is its offer.
        var bids: Bool
        /// Its tasks by its limit.
        var load: Double
        /// When it was last given a task.
        var assigned: Int64
    }

    /// What must be done about it.
    enum Action: Hashable {
        /// Ask an agent for an offer, until the timer.
        case discover(AgentID)
        /// Give it to an agent.
        case assign(AgentID, Epoch)
        /// Tell an agent that another one has it.
        case turnDown(AgentID)
        /// Tell an agent to stop.
        case withdraw(AgentID, Epoch)
        /// Tell an agent that its result was taken.
        case confirm(AgentID, Epoch)
        /// Look for agents, then call `found`.
        case look
        /// It is over: tell who waits.
        case settled
    }

    /// The message is about an assignment that is over: it changes nothing.
    struct Stale: Error {}

    private(set) var record: ConversationRecord
    let limits: Limits

    init(_ record: ConversationRecord, limits: Limits) {
        self.record = record
        self.limits = limits
    }

    // MARK: Finding an agent

    /// These agents could do it now.
    mutating func found(_ candidates: [Candidate], at now: Int64) -> [Action] {
        guard record.state == .discovering else { return [] }
        let fresh = candidates.filter { !record.tried.contains($0.agent) }
        record.offers = fresh.filter { !$0.bids }.map { candidate in
            .init(agent: candidate.agent, cost: nil, load: candidate.load, assigned: candidate.assigned)
        }
        record.asked = Set(fresh.filter(\.bids).map(\.agent))
        guard !record.asked.isEmpty else { return choose(at: now) }
        wait(limits.bids, at: now)
        return record.asked.sorted { $0.rawValue < $1.rawValue }.map { .discover($0) }
    }

    /// An agent that was asked makes an offer; one that comes too late is of no effect.
    mutating func offered(_ offer: ConversationRecord.Offer, at now: Int64) -> [Action] {
        guard record.state == .discovering, record.asked.remove(offer.agent) != nil else { return [] }
        record.offers.append(offer)
        return record.asked.isEmpty ? choose(at: now) : []
    }

    private mutating func choose(at now: Int64) -> [Action] {
        record.asked = []
        record.agent = nil
        record.dispatched = nil
        guard let best = record.offers.min(by: Self.isBetter) else { return nobody(at: now) }
        record.offers.removeAll { $0.agent == best.agent }
        record.tried.insert(best.agent)
        record.state = .assigning
        record.agent = best.agent
        record.epoch = Epoch(record.epoch.rawValue + 1)
        wait(limits.agreement, at: now)
        return [.assign(best.agent, record.epoch)]
    }

    /// Who else offered, or else whoever has come since.
    private mutating func next(at now: Int64) -> [Action] {
        guard record.offers.isEmpty else { return choose(at: now) }
        record.state = .discovering
        record.agent = nil
        record.dispatched = nil
        wait(.zero, at: now)
        return [.look]
    }

    private mutating func nobody(at now: Int64) -> [Action] {
        record.state = .discovering
        record.rounds += 1
        // Who was tried and failed says more than that nobody else is there.
        if !record.outcome.isEmpty { return settle(.failed, record.outcome) }
        guard record.rounds < limits.rounds else {
            let who = record.wanted.map { "The agent '\($0)' is not there, or cannot" } ?? "No agent is there that can"
            return settle(
                .failed,
                Self.failure(.noCapableAgent, "\(who) do '\(record.capability)'", mayHaveActed: false)
            )
        }
        wait(limits.pause, at: now)
        return []
    }

    /// Cheaper, then less busy, then longer without a task.
    private static func isBetter(_ one: ConversationRecord.Offer, _ two: ConversationRecord.Offer) -> Bool {
        (one.cost ?? 0, one.load, one.assigned, one.agent.rawValue)
            < (two.cost ?? 0, two.load, two.assigned, two.agent.rawValue)
    }

    // MARK: What the agent says

    /// It takes the task: from here on it may act.
    mutating func agreed(_ agent: AgentID, _ epoch: Epoch, at now: Int64) throws(Stale) -> [Action] {
        try check(agent, epoch)
        guard record.state == .assigning else { return [] }
        record.state = .running
        record.timer = record.deadline
        return turnDownOthers()
    }

    /// It makes no offer, does not take the task, or gives it back untouched.
    mutating func refused(_ agent: AgentID, _ epoch: Epoch?, _ message: String, at now: Int64) throws(Stale) -> [Action]
    {
        if record.state == .discovering {
            guard record.asked.remove(agent) != nil else { return [] }
            return record.asked.isEmpty ? choose(at: now) : []
        }
        try check(agent, epoch ?? Epoch(-1))
        record.outcome = Self.failure(.agentFailed, message, mayHaveActed: false)
        return next(at: now)
    }

    /// It is at work.
    mutating func informed(_ agent: AgentID, _ epoch: Epoch, at now: Int64) throws(Stale) -> [Action] {
        try agreed(agent, epoch, at: now)
    }

    /// It has done it.
    mutating func done(_ agent: AgentID, _ epoch: Epoch, result: JSONValue, at now: Int64) throws(Stale) -> [Action] {
        // Said again, as after a lost answer; another result comes too late.
        let isSaidAgain = record.state == .done && record.agent == agent && record.epoch == epoch
        if isSaidAgain, record.outcome["result"] == result { return [] }
        try check(agent, epoch)
        return turnDownOthers() + [.confirm(agent, epoch)] + settle(.done, ["result": result])
    }

    /// It could not do it.
    ///
    /// - Parameters:
    ///   - hasActed: whether it may have changed the world; it knows best.
    ///   - isRetryable: whether another agent, or another try, may succeed.
    mutating func failed(
        _ agent: AgentID,
        _ epoch: Epoch,
        _ message: String,
        hasActed: Bool,
        isRetryable: Bool,
        at now: Int64
    ) throws(Stale) -> [Action] {
        try check(agent, epoch)
        let isInDoubt = hasActed && !record.isIdempotent
        record.outcome = Self.failure(.agentFailed, message, mayHaveActed: isInDoubt, isRetryable: isRetryable)
        return isRetryable && !isInDoubt ? next(at: now) : turnDownOthers() + settle(.failed, record.outcome)
    }

    // MARK: What happens to the agent

    /// The assignment is given to the network: only now the agent can say whether it takes it.
    mutating func dispatched(at now: Int64) {
        record.dispatched = now
        wait(limits.agreement, at: now)
    }

    /// Nothing of the assignment reached it.
    mutating func unreachable(_ agent: AgentID, _ epoch: Epoch, _ message: String, at now: Int64) -> [Action] {
        guard holds(agent, epoch), record.state == .assigning else { return [] }
        record.outcome = Self.failure(.agentLost, message, mayHaveActed: false)
        return next(at: now)
    }

    /// It gave no sign of life for too long, left, or nobody knows whether the assignment reached it.
    mutating func lost(_ agent: AgentID, _ message: String, at now: Int64) -> [Action] {
        if record.state == .discovering {
            record.offers.removeAll { $0.agent == agent }
            guard record.asked.remove(agent) != nil else { return [] }
            return record.asked.isEmpty ? choose(at: now) : []
        }
        guard !record.state.isSettled else { return [] }
        guard record.agent == agent else {
            record.offers.removeAll { $0.agent == agent }
            return []
        }
        // An agent that fetches its tasks acts after its agreement was taken, one with an endpoint as soon as it was told.
        let hasBegun = record.state == .running || record.dispatched != nil
        let isInDoubt = hasBegun && !record.isIdempotent
        record.outcome = Self.failure(.agentLost, message, mayHaveActed: isInDoubt)
        let withdraw = Action.withdraw(agent, record.epoch)
        return [withdraw] + (isInDoubt ? turnDownOthers() + settle(.failed, record.outcome) : next(at: now))
    }

    // MARK: Clocks and people

    /// The timer has passed.
    ///
    /// - Parameter isUntold: whether the assignment still waits to be given to the network. Nobody can answer what he was not
    ///   told, so the agreement's time begins again.
    mutating func timer(at now: Int64, isUntold: Bool = false) -> [Action] {
        guard let timer = record.timer, timer <= now, !record.state.isSettled else { return [] }
        guard now < record.deadline else { return expired() }
        switch record.state {
        case .discovering: return record.asked.isEmpty ? [.look] : choose(at: now)
        case .assigning:
            guard let agent = record.agent else { return [.look] }
            if isUntold {
                wait(limits.agreement, at: now)
                return []
            }
            return lost(agent, "It did not say in time whether it takes the task", at: now)
        case .running, .done, .failed, .cancelled: return []
        }
    }

    private mutating func expired() -> [Action] {
        let hasBegun = record.state == .running || record.state == .assigning && record.dispatched != nil
        let who = record.agent == nil ? "No agent took it in time" : "The agent did not finish in time"
        return stopping()
            + settle(
                .failed,
                Self.failure(.timeout, who, mayHaveActed: hasBegun && !record.isIdempotent)
            )
    }

    /// Nobody waits for it any more.
    mutating func cancel() -> [Action] {
        guard !record.state.isSettled else { return [] }
        return stopping()
            + settle(.cancelled, Self.failure(.cancelled, "The job does not run any more", mayHaveActed: true))
    }

    // MARK: Parts

    private func holds(_ agent: AgentID, _ epoch: Epoch) -> Bool {
        (record.state == .assigning || record.state == .running) && record.agent == agent && record.epoch == epoch
    }

    private func check(_ agent: AgentID, _ epoch: Epoch) throws(Stale) {
        guard holds(agent, epoch) else { throw Stale() }
    }

    private mutating func wait(_ limit: Duration, at now: Int64) {
        record.timer = min(now + limit.milliseconds, record.deadline)
    }

    private mutating func turnDownOthers() -> [Action] {
        defer { record.offers = [] }
        return record.offers.map { .turnDown($0.agent) }
    }

    private func stopping() -> [Action] {
        guard let agent = record.agent else { return [] }
        return [.withdraw(agent, record.epoch)]
    }

    private mutating func settle(_ state: ConversationRecord.State, _ outcome: JSONObject) -> [Action] {
        record.state = state
        record.outcome = outcome
        record.timer = nil
        record.asked = []
        record.offers = []
        return [.settled]
    }

    private static func failure(
        _ reason: ReasonCode,
        _ message: String,
        mayHaveActed: Bool,
        isRetryable: Bool = true
    ) -> JSONObject {
        [
            "reason": .string(reason.rawValue), "message": .string(message), "may_have_acted": .bool(mayHaveActed),
            "retryable": .bool(isRetryable),
        ]
    }
}
