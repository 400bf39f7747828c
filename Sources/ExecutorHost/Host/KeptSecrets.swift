import Executors
import JobModel
import JobWorker
import Security

/// The encrypted store as a source of secrets, once there is one.
struct KeptSecrets: SecretSource {
    let place: SecretsPlace

    func secret(_ name: String, tenant: TenantID) async throws -> String? {
        guard SecretStore.exists(at: place.file) else { return nil }
        let store: SecretStore
        do {
            store = try place.store(isMade: false)
        } catch {
            throw StepFailure(reason: .invalidInput, message: "\(error).", isRetryable: false)
        }
        return try StoredSecrets(store).secret(name, tenant: tenant)
    }
}
