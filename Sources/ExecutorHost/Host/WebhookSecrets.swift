import JobScheduler
import Security

/// The secrets that webhooks and tasks for agents are signed with, in files of mode 0600: one in the data directory, made at the
/// first start, and the one before it while receivers change over.
enum WebhookSecrets {
    /// The signer of a service; makes the secret when there is none.
    ///
    /// - Throws: `HostError` that names the file, and the setting when it is the one before.
    static func signer(_ configuration: Configuration) throws -> WebhookSigner {
        // A start that is refused makes nothing.
        let previous = try previous(configuration)
        do {
            let current = try KeyFile.secret(at: Paths(configuration).webhookSecret)
            return WebhookSigner(master: current, previous: previous)
        } catch let error as SecurityError { throw HostError(.unavailable, error.message) }
    }

    /// The secret before the one in use; nil unless the setting names its file. Makes nothing.
    ///
    /// - Throws: `HostError` that names the setting, the file and the remedy.
    static func previous(_ configuration: Configuration) throws -> [UInt8]? {
        let setting = Setting.webhookPreviousSecretFile
        guard let path = configuration[setting] else { return nil }
        let secret: [UInt8]
        do { secret = try KeyFile.storedSecret(at: path) } catch let error as SecurityError {
            let remedy = "name the file that was webhook-secret before, or leave the setting out"
            throw HostError(.usage, "\(setting.key): \(error.message); \(remedy)")
        }
        let current = Paths(configuration).webhookSecret
        guard (try? KeyFile.storedSecret(at: current)) != secret else {
            let remedy = "move \(current) there instead of copying it, and the next start makes a new one"
            throw HostError(.usage, "\(setting.key): '\(path)' holds the secret that is in use; \(remedy)")
        }
        return secret
    }
}
