import JobModel
import Synchronization

/// Why endpoints gave no sign of life when they were asked last. Not kept: after a start they are asked again.
final class AgentErrors: Sendable {
    private let known = Mutex<[AgentID: String]>([:])

    /// What is wrong with an agent's endpoint; nil when nothing is, or it has none.
    subscript(agent: AgentID) -> String? { known.withLock { $0[agent] } }

    /// Takes what a question found; nil when the endpoint is well.
    ///
    /// - Returns: whether something else was known before.
    func note(_ problem: String?, of agent: AgentID) -> Bool {
        known.withLock { known in
            let before = known[agent]
            known[agent] = problem
            return before != problem
        }
    }

    /// Forgets agents that are not there any more.
    func keep(_ agents: Set<AgentID>) {
        known.withLock { known in known = known.filter { agents.contains($0.key) } }
    }
}
