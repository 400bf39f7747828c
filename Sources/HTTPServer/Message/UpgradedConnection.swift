package import EventLoops

/// A socket that has left HTTP, with the bytes the client sent behind its request.
package struct UpgradedConnection: Sendable {
    /// The socket: reading is off and nobody is its handler; whoever takes it closes it.
    package var connection: any StreamConnection
    /// Bytes already read from the socket; they come before anything read later.
    package var leftover: [UInt8]
}
