package import JobModel

/// Whose jobs a worker may work at.
package enum WorkReach: String, Sendable, CaseIterable {
    /// Every tenant's.
    case all
    /// Those of its own tenant.
    case own
    /// Nobody's.
    case none
}

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
    /// When its key ends by itself, milliseconds since 1970; nil for never, and for who has no key.
    package var keyExpires: Int64?

    /// A caller.
    package init(
        id: String,
        tenant: TenantID,
        role: Role = .viewer,
        scopes: Set<Scope>? = nil,
        keyExpires: Int64? = nil
    ) {
        self.id = id
        self.tenant = tenant
        self.role = role
        self.scopes = scopes
        self.keyExpires = keyExpires
    }

    /// Whether its key is good for everything there is.
    var isMaster: Bool { tenant == .default && role == .admin && scopes == nil }

    /// Whose jobs it may work at: everybody's for an admin of the tenant that keeps the house, and for a key that was made there
    /// for workers.
    package var reach: WorkReach {
        guard refusal(role: .operator, scope: .work) == nil else { return .none }
        return tenant == .default && (scopes != nil || role == .admin) ? .all : .own
    }

    /// Why the caller may not do something, as a sentence; nil when it may.
    ///
    /// - Parameter others: scopes that open it as well.
    package func refusal(role needed: Role, scope: Scope, or others: [Scope] = []) -> String? {
        guard role >= needed else { return "This needs the role '\(needed.rawValue)'; the key has '\(role.rawValue)'" }
        guard let scopes, !scopes.contains(scope), scopes.isDisjoint(with: others) else { return nil }
        let wanted = ([scope] + others).map { "'\($0.rawValue)'" }.joined(separator: " or ")
        return "This needs the scope \(wanted); the key has \(Self.list(scopes))"
    }

    /// Why a key this caller makes may not end then; nil when it may.
    ///
    /// - Parameter expires: milliseconds since 1970; nil for never.
    package func refusal(ofKeyUntil expires: Int64?) -> String? {
        guard let keyExpires, expires.map({ $0 > keyExpires }) ?? true else { return nil }
        return "your own key ends at \(RFC3339.format(keyExpires)) and none it makes may outlive it"
    }

    private static func list(_ scopes: Set<Scope>) -> String {
        scopes.isEmpty ? "none" : scopes.sorted().map { "'\($0.rawValue)'" }.joined(separator: ", ")
    }
}
