package import JobModel

/// An API key as it is stored: its hash, never the key.
package struct APIKeyRecord: Hashable, Sendable {
    /// The public part of the key.
    package var id: String
    /// Whose it is.
    package var tenant: TenantID
    /// What people call it.
    package var name: String
    /// SHA-256 of the secret part.
    package var hash: [UInt8]
    /// Milliseconds since 1970.
    package var created: Int64
    /// What its holder may do at most; the room Security knows the words.
    package var role: String
    /// What it is narrowed to; nil for all that the role may do.
    package var scopes: [String]?
    /// When it stops being valid by itself.
    package var expires: Int64?
    /// When it stopped being valid.
    package var revoked: Int64?
    /// When it was last seen, to the minute.
    package var lastUsed: Int64?

    /// A row.
    package init(
        id: String,
        tenant: TenantID,
        name: String,
        hash: [UInt8],
        created: Int64,
        role: String,
        scopes: [String]? = nil,
        expires: Int64? = nil
    ) {
        self.id = id
        self.tenant = tenant
        self.name = name
        self.hash = hash
        self.created = created
        self.role = role
        self.scopes = scopes
        self.expires = expires
    }
}
