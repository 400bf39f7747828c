/// What all requests of a transport have in common.
package struct CurlSettings: Hashable, Sendable {
    /// URL of a proxy for everything; nil goes directly, whatever the environment says.
    package var proxy: String?
    /// PEM file of certificate authorities to trust instead of the system's.
    package var certificateAuthorities: String?
    /// Sent unless a request brings its own.
    package var userAgent: String?
    /// Connections to one host at a time; requests beyond wait, within their own time limit.
    package var connectionsPerHost: Int
    /// Idle connections kept for reuse.
    package var idleConnections: Int

    /// Direct, the system's authorities, 16 connections a host.
    package init(
        proxy: String? = nil,
        certificateAuthorities: String? = nil,
        userAgent: String? = "cpa",
        connectionsPerHost: Int = 16,
        idleConnections: Int = 16
    ) {
        self.proxy = proxy
        self.certificateAuthorities = certificateAuthorities
        self.userAgent = userAgent
        self.connectionsPerHost = connectionsPerHost
        self.idleConnections = idleConnections
    }
}
