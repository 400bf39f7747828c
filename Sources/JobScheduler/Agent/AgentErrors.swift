import JobModel
import Synchronization

/// Why endpoints gave no sign of life when they were asked last. Not kept: after a start they are asked again.
final class AgentErrors: Sendable {
    private let known = Mutex<[AgentID: String]>([:])

    /// What is wrong with an agent's endpoint; nil when nothing is, or it has none.
    subscript(agent: AgentID) -> String? { known.withLock { $0[agent] } }

    /// Takes what a look at all endpoints found.
    ///
    /// - Returns: agents of which something else was known before.
    func replace(with found: [AgentID: String]) -> Set<AgentID> {
        known.withLock { known in
            let changed = found.filter { known[$0.key] != $0.value }
            known = found
            return Set(changed.keys)
        }
    }
}
