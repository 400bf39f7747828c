package import JSON
package import JobModel

/// The way to agents that have an endpoint: `POST {agent}/tasks`, `GET {agent}/health`.
package protocol AgentCaller: Sendable {
    /// Sends an assignment, signed for the agent; no redirect is followed.
    func assign(_ message: LAMMessage, to endpoint: String, of agent: AgentID) async -> AgentAnswer
    /// Why nothing can ever be sent there; nil when nothing is known against it.
    func refusal(of endpoint: String) -> String?
    /// Why there is no sign of life from it; nil when it says that it is well.
    func problem(with endpoint: String) async -> String?
}

/// What came of an assignment.
package enum AgentAnswer: Sendable {
    /// It answered.
    case answered(status: Int, body: JSONObject?)
    /// Not one byte of it was sent.
    case notSent(String)
    /// It may have been read.
    case unknown(String)
}
