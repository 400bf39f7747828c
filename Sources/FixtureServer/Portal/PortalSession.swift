/// What the portal remembers of one browser.
struct PortalSession: Sendable {
    /// Who logged in; nil before.
    var user: String?
    /// Must come back in every form that changes something.
    let csrf: String
    /// Names of the PDFs made in this session, by the token in their URL.
    var pdfs: [String: String] = [:]
    /// Milliseconds since 1970.
    var lastUsed: Int64
}

/// The sessions of the portal by the value of their cookie; at most 1,000, then the oldest go.
struct PortalSessions: Sendable {
    private static let limit = 1000

    private var sessions: [String: PortalSession] = [:]
    /// Milliseconds without a request after which a session is over.
    var lifetime: Int64

    init(lifetime: Int64) { self.lifetime = lifetime }

    /// The live session of a cookie, marked as used now.
    mutating func use(_ id: String?, now: Int64) -> (id: String, session: PortalSession)? {
        guard let id, var session = sessions[id] else { return nil }
        guard now - session.lastUsed < lifetime else {
            sessions[id] = nil
            return nil
        }
        session.lastUsed = now
        sessions[id] = session
        return (id, session)
    }

    subscript(id: String) -> PortalSession? {
        get { sessions[id] }
        set {
            sessions[id] = newValue
            if sessions.count > Self.limit, let oldest = sessions.min(by: { $0.value.lastUsed < $1.value.lastUsed }) {
                sessions[oldest.key] = nil
            }
        }
    }

    /// Ends every session, as a restart of the portal would.
    mutating func removeAll() { sessions.removeAll() }
}
