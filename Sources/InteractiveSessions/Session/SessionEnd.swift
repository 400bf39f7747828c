/// Why a session ends; the close code of its WebSocket (docs/sessions.md).
///
/// 40xx may come back at once, 45xx must not.
package enum SessionEnd: UInt16, Hashable, Sendable, CaseIterable {
    /// The client asked for it.
    case requested = 1000
    /// The session is old.
    case maximumAge = 4001
    /// The server shuts down.
    case shutdown = 4002
    /// The client reads too slowly.
    case slow = 4008
    /// No sign of life.
    case noPong = 4012
    /// No request for too long.
    case idle = 4013
    /// The key is no longer valid.
    case keyInvalid = 4500
    /// Others were faster: there is no room any more.
    case overloaded = 4505
    /// The server failed.
    case failed = 4511
    /// The connection is gone; nobody hears a code any more.
    case disconnected = 1006

    /// A word for programs, in the `closing` event and the audit.
    package var word: String {
        switch self {
        case .requested: "requested"
        case .maximumAge: "maximum_age"
        case .shutdown: "shutdown"
        case .slow: "slow"
        case .noPong: "no_pong"
        case .idle: "idle"
        case .keyInvalid: "key_invalid"
        case .overloaded: "overloaded"
        case .failed: "failed"
        case .disconnected: "disconnected"
        }
    }

    /// Whether what runs may end before the session does.
    var hasGrace: Bool { self == .maximumAge || self == .shutdown }
    /// Whether the client is told before by a `closing` event.
    var isAnnounced: Bool { [.maximumAge, .shutdown, .idle, .keyInvalid, .failed].contains(self) }
}
