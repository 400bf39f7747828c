package import JobModel

/// What a key is to be.
package struct KeyOrder: Sendable {
    /// What people call it.
    package var name: String
    /// Whose jobs its holder sees.
    package var tenant: TenantID
    /// What its holder may do at most.
    package var role: Role
    /// What it is narrowed to; nil for all that the role may do.
    package var scopes: Set<Scope>?
    /// When it ends by itself, milliseconds since 1970; nil for never.
    package var expires: Int64?

    /// A key of that name.
    package init(name: String, tenant: TenantID, role: Role, scopes: Set<Scope>? = nil, expires: Int64? = nil) {
        self.name = name
        self.tenant = tenant
        self.role = role
        self.scopes = scopes
        self.expires = expires
    }
}
