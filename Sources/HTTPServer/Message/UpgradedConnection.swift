/// A socket that has left HTTP, with the bytes the client sent behind its request.
package struct UpgradedConnection: Sendable {
    /// Bytes already read from the socket; they come before anything read later.
    package var leftover: [UInt8]
}
