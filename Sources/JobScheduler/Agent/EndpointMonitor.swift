import JobModel
import Storage
import Synchronization
import Telemetry

/// Asks the endpoints of agents how they are, each every five seconds; one that is slow to say so holds nobody up.
///
/// `AgentMonitor` begins questions and takes in the answers at each of its looks; in between they go on by themselves.
final class EndpointMonitor: Sendable {
    private struct State {
        /// When the round began, milliseconds since 1970.
        var began: Int64?
        /// Agents not asked yet in this round.
        var waiting: [AgentRecord] = []
        /// The last question to each, by its number.
        var asked: [AgentID: Int] = [:]
        var questions = 0
        /// Agents that are well, which is not written down yet.
        var healthy: Set<AgentID> = []
    }

    /// Milliseconds between two questions to an endpoint.
    static let interval: Int64 = 5_000

    let slots = CallSlots(limit: 512, tenantLimit: 64)
    let errors = AgentErrors()
    private let caller: any AgentCaller
    private let writer: JobWriter
    private let logger: Logger
    private let state = Mutex(State())

    init(caller: any AgentCaller, writer: JobWriter, logger: Logger) {
        self.caller = caller
        self.writer = writer
        self.logger = logger
    }

    /// Agents to ask now; each has a slot. To be called by one task alone.
    func begin(at now: Int64) async throws -> [AgentRecord] {
        let began = state.withLock { $0.began }
        if began.map({ !(0..<Self.interval).contains(now - $0) }) ?? true {
            beginRound(with: try await writer.read { try $0.agentsWithEndpoint() }, at: now)
        }
        let waiting = state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
        let begun = waiting.map { slots.take($0.id.rawValue, of: $0.tenant) }
        return state.withLock { state in
            zip(waiting, begun).compactMap { agent, hasBegun in
                guard hasBegun else {
                    state.waiting.append(agent)
                    return nil
                }
                state.questions += 1
                state.asked[agent.id] = state.questions
                return agent
            }
        }
    }

    /// Those first that were asked longest ago: where there are more than can be asked in time, each has its turn.
    private func beginRound(with agents: [AgentRecord], at now: Int64) {
        let known = Set(agents.map(\.id))
        errors.keep(known)
        state.withLock { state in
            let asked = state.asked.filter { known.contains($0.key) }
            state.began = now
            state.asked = asked
            state.waiting = agents.sorted {
                (asked[$0.id] ?? 0, $0.id.rawValue) < (asked[$1.id] ?? 0, $1.id.rawValue)
            }
        }
    }

    /// Asks an agent that has a slot; each problem is said once.
    func ask(_ agent: AgentRecord) async {
        defer { slots.giveBack(agent.id.rawValue) }
        guard let endpoint = agent.endpoint else { return }
        let problem = await caller.problem(with: endpoint)
        // What is cut off when the scheduler ends says nothing about the endpoint.
        guard !Task.isCancelled else { return }
        if problem == nil { state.withLock { _ = $0.healthy.insert(agent.id) } }
        guard errors.note(problem, of: agent.id), let problem else { return }
        logger.warning(
            "The endpoint of an agent gives no sign of life",
            ["agent": agent.name, "tenant": agent.tenant.rawValue, "endpoint": endpoint, "error": problem]
        )
    }

    /// Writes down who said that it is well.
    func note() async throws {
        let healthy = state.withLock { state in
            defer { state.healthy = [] }
            return state.healthy
        }
        guard !healthy.isEmpty else { return }
        let now = writer.environment.now()
        do {
            try await writer.write { transaction in
                for id in healthy {
                    guard let agent = try transaction.agent(id) else { continue }
                    try AgentMonitor.seen(agent, at: now, in: transaction)
                }
            }
        } catch {
            state.withLock { $0.healthy.formUnion(healthy) }
            throw error
        }
    }
}
