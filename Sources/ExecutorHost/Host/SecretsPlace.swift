import JobScheduler
import Security

#if canImport(Glibc)
    import Glibc
#endif

/// Where the encrypted secrets of this machine lie, and the key they are kept with.
struct SecretsPlace: Sendable {
    let file: String
    private let root: String
    private let keyFile: String
    private let key: String?

    /// - Parameter environment: may hold the key, in `CPA_SECRETS_KEY`.
    init(_ configuration: Configuration, _ environment: [String: String]) {
        root = Paths(configuration).root
        file = root + "/secrets.json"
        keyFile = root + "/secrets.key"
        key = environment["CPA_SECRETS_KEY"].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// What there is of it, in words.
    var sources: [String] {
        [key.map { _ in "CPA_SECRETS_KEY" }, SecretStore.exists(at: file) ? file : nil].compactMap(\.self)
    }

    /// The store.
    ///
    /// - Parameter isMade: whether what is missing is made.
    /// - Throws: `SecurityError`, `HostError`.
    func store(isMade: Bool) throws -> SecretStore {
        if isMade { try Paths.make(root) }
        let key =
            try self.key.map { try SecretsKey(parsing: $0) }
            ?? SecretsKey(
                file: keyFile,
                // A key made beside secrets it does not open would only hide that theirs is lost.
                isMade: isMade && !SecretStore.exists(at: file)
            )
        return SecretStore(path: file, key: key, now: SchedulerEnvironment.live.now)
    }

    /// Looks whether the key is one, and the one that the secrets are kept with.
    ///
    /// - Throws: `HostError` with the remedy.
    func check() throws {
        do {
            if let key { _ = try SecretsKey(parsing: key) }
            guard SecretStore.exists(at: file) else { return }
            _ = try store(isMade: false).list()
        } catch let error as SecurityError {
            throw HostError(.usage, "\(key == nil ? keyFile : "CPA_SECRETS_KEY"): \(error.message)")
        }
    }

    /// Changes the key: in its file, or by printing the new one to whoever gave the old one in the environment.
    func rotate(_ terminal: Terminal) throws {
        guard SecretStore.exists(at: file) else { throw HostError(.usage, "there are no secrets in \(file)") }
        let store = try store(isMade: false)
        let next = SecretsKey.generate()
        guard key == nil else {
            try store.rotate(to: next)
            terminal.result(next.reveal())
            return terminal.note("the secrets are kept with this key from now on: put it into CPA_SECRETS_KEY")
        }
        // The next key is on disk before it is needed, and the old one until it is not needed any more.
        try next.write(to: keyFile + ".next")
        try store.rotate(to: next)
        guard rename(keyFile + ".next", keyFile) == 0 else {
            throw HostError(.unavailable, "the new key is in \(keyFile).next: move it to \(keyFile)")
        }
        terminal.note("a new key is in \(keyFile)")
    }
}
