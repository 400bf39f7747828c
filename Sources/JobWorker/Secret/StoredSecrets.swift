import Executors
package import JobModel
package import Security

/// Secrets of the encrypted store: a tenant's own, and no other's.
package struct StoredSecrets: SecretSource {
    private let store: SecretStore

    /// Secrets of this store; read anew each time, so that a changed one needs no restart.
    package init(_ store: SecretStore) { self.store = store }

    /// The value, or nil.
    package func secret(_ name: String, tenant: TenantID) throws -> String? {
        do {
            return try store.secret(name, tenant: tenant.rawValue)
        } catch {
            throw StepFailure(reason: .invalidInput, message: "\(error).", isRetryable: false)
        }
    }
}
