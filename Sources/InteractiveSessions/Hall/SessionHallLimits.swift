/// How many sessions there may be.
package struct SessionHallLimits: Sendable, Hashable {
    /// At once.
    package var sessions: Int
    /// Of one API key at once.
    package var sessionsPerKey: Int
    /// Of each.
    package var session: SessionLimits

    /// Limits.
    package init(sessions: Int = 4, sessionsPerKey: Int = 4, session: SessionLimits = SessionLimits()) {
        self.sessions = sessions
        self.sessionsPerKey = sessionsPerKey
        self.session = session
    }
}
