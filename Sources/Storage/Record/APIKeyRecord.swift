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
    /// When it stopped being valid.
    package var revoked: Int64?

    /// A row.
    package init(id: String, tenant: TenantID, name: String, hash: [UInt8], created: Int64, revoked: Int64? = nil) {
        self.id = id
        self.tenant = tenant
        self.name = name
        self.hash = hash
        self.created = created
        self.revoked = revoked
    }
}
