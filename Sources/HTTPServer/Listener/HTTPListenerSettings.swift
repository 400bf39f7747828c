package import Cryptography

/// Limits and deadlines of a listener; the defaults suit an API on the open network.
package struct HTTPListenerSettings: Sendable {
    /// Sizes of request line and headers.
    package var limits = HTTPLimits()
    /// Bytes of a body, unless the handler says otherwise for a path.
    package var bodyLimit = 16 << 20
    /// Bytes of the bodies of all connections that handlers have in memory; the first 64 KiB of each are not counted. An owner
    /// of bodies, where the handler names one, gets no more than it leaves free. Who finds no room is told to come back (503).
    package var bodyBudget = 256 << 20
    /// From the first byte of a request (or the connection) to the end of its head.
    package var headTimeout = Duration.seconds(10)
    /// For waiting for a body; every 64 KiB received adds a second.
    package var bodyTimeout = Duration.seconds(30)
    /// Between requests.
    package var keepAliveTimeout = Duration.seconds(15)
    /// From the request to the beginning of the answer.
    package var handlerTimeout = Duration.seconds(120)
    /// For the client to take 256 KiB of an answer.
    package var writeTimeout = Duration.seconds(30)
    /// Open connections; further ones are closed at once.
    package var connectionLimit = 4096
    /// Open connections from one address; of IPv6 a /64 is one.
    package var connectionLimitPerAddress = 1024
    /// Certificate and rules of TLS; nil speaks plain HTTP.
    package var tls: TLSServerContext?
    /// From the connection to the end of the TLS handshake; the head's time runs beside it.
    package var handshakeTimeout = Duration.seconds(10)
    /// Host names (without port) requests may be for; nil takes any. Guards against DNS rebinding.
    package var allowedHosts: Set<String>?
    /// What to try, for whoever asks for another host.
    package var hostRemedy: String?

    /// The defaults.
    package init() {}
}
