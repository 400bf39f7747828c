package import JobModel

/// Who is calling.
package struct Principal: Hashable, Sendable {
    /// Id of the API key.
    package var id: String
    /// Whose jobs it may see and start.
    package var tenant: TenantID

    /// A caller.
    package init(id: String, tenant: TenantID) {
        self.id = id
        self.tenant = tenant
    }
}
