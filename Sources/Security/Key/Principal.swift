package import JobModel

/// Who is calling.
package struct Principal: Hashable, Sendable {
    /// Id of the API key.
    package var id: String
    /// Whose jobs it may see and start.
    package var tenant: TenantID
    /// What it may do at most.
    package var role: Role
    /// What it is narrowed to; nil for all that its role may do.
    package var scopes: Set<Scope>?

    /// A caller.
    package init(id: String, tenant: TenantID, role: Role = .viewer, scopes: Set<Scope>? = nil) {
        self.id = id
        self.tenant = tenant
        self.role = role
        self.scopes = scopes
    }

    /// Whether it may work at the jobs of every tenant: an admin of the tenant that keeps the house, or a key that was made there
    /// for workers.
    package var worksForAll: Bool {
        tenant == .default && (scopes.map { $0.contains(.work) } ?? (role == .admin))
    }

    /// Why the caller may not do something, as a sentence; nil when it may.
    ///
    /// - Parameter other: a scope that opens it as well.
    package func refusal(role needed: Role, scope: Scope, or other: Scope? = nil) -> String? {
        guard role >= needed else { return "This needs the role '\(needed.rawValue)'; the key has '\(role.rawValue)'" }
        guard let scopes, !scopes.contains(scope), other.map(scopes.contains) != true else { return nil }
        let wanted = "'\(scope.rawValue)'" + (other.map { " or '\($0.rawValue)'" } ?? "")
        return "This needs the scope \(wanted); the key has \(Self.list(scopes))"
    }

    private static func list(_ scopes: Set<Scope>) -> String {
        scopes.isEmpty ? "none" : scopes.sorted().map { "'\($0.rawValue)'" }.joined(separator: ", ")
    }
}
