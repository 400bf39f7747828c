package import JobModel
package import Storage

/// Makes and checks API keys.
package struct APIKeyAuthority: Sendable {
    private let store: any Store
    private let now: @Sendable () -> Int64
    // Compared against when the id is unknown, so that an unknown id takes as long as a wrong secret.
    private let decoy = APIKey.generate().hash

    /// - Parameter now: milliseconds since 1970.
    package init(store: any Store, now: @escaping @Sendable () -> Int64) {
        self.store = store
        self.now = now
    }

    /// Makes the first key and writes it once to `path` with mode 0600; does nothing when there is a key already.
    ///
    /// - Returns: whether a key was made.
    /// - Throws: `SecurityError` with `keyFile`, `StorageError`. Without a file there is no key either.
    @discardableResult
    package func createFirstKey(writingTo path: String, tenant: TenantID = .default) async throws -> Bool {
        guard try await !store.read({ try $0.hasAPIKey() }) else { return false }
        let key = APIKey.generate()
        // The file first: a key nobody can read would lock everyone out.
        try KeyFile.write(key.reveal() + "\n", to: path)
        try await insert(key, name: "first", tenant: tenant)
        return true
    }

    /// Makes a further key; it is returned once and cannot be read again.
    ///
    /// - Throws: `StorageError`.
    package func createKey(name: String, tenant: TenantID) async throws -> APIKey {
        let key = APIKey.generate()
        try await insert(key, name: name, tenant: tenant)
        return key
    }

    /// Ends a key.
    ///
    /// - Throws: `StorageError`.
    package func revoke(_ id: String) async throws {
        let time = now()
        try await store.write { try $0.revokeAPIKey(id, at: time) }
    }

    /// Finds out who sent this key.
    ///
    /// - Throws: `SecurityError` with `unauthenticated`, which does not tell why; `StorageError`.
    package func authenticate(_ text: String?) async throws -> Principal {
        guard let key = text.flatMap(APIKey.init(parsing:)) else { throw Self.refusal }
        let record = try await store.read { try $0.apiKey(key.id) }
        guard key.matches(hash: record?.hash ?? decoy), let record, record.revoked == nil else { throw Self.refusal }
        return Principal(id: record.id, tenant: record.tenant)
    }

    private func insert(_ key: APIKey, name: String, tenant: TenantID) async throws {
        let record = APIKeyRecord(id: key.id, tenant: tenant, name: name, hash: key.hash, created: now())
        try await store.write { try $0.insert(record) }
    }

    private static let refusal = SecurityError(
        code: .unauthenticated,
        message: "This needs a valid API key in X-API-Key; the first one is in the file 'api-key' of the data directory"
    )
}
