package import NetworkPolicy

/// Turns names into addresses.
package protocol NameResolver: Sendable {
    /// Every address of a name; empty when it has none.
    func addresses(of name: String) async -> [IPAddress]
}
