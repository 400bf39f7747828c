package import CDP

/// Where an agent can be called: the document of one frame, through the session that speaks for it.
package struct AgentPlace: Sendable {
    package var session: CDPSession
    package var context: ExecutionContextID
    /// The number of the context in its session.
    var contextNumber: Int
}
