package import JSON
package import JobModel

/// The way to agents that have an endpoint: `POST {agent}/tasks`, `GET {agent}/health`.
package protocol AgentCaller: Sendable {
    /// Sends an assignment, signed for the agent; no redirect is followed.
    func assign(_ message: LAMMessage, to endpoint: String, of agent: AgentID) async -> AgentAnswer
    /// Whether it says that it is well.
    func isHealthy(_ endpoint: String) async -> Bool
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
