/// One request to the portal with what its session says.
struct PortalVisit: Sendable {
    /// Value of the session cookie.
    let id: String
    /// Whether the browser must be given the cookie.
    let isNew: Bool
    /// Whether the browser came with a cookie that names no session (any more).
    let lostSession: Bool
    let session: PortalSession
    /// The decoded body.
    let form: [String: String]
    /// The form token that came with the request.
    let csrf: String
    let view: PortalView
}
