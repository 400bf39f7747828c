import JSON
package import JobModel
package import Storage

/// Makes and checks API keys.
package struct APIKeyAuthority: Sendable {
    private let store: any Store
    private let now: @Sendable () -> Int64
    private let cache = KeyCache()
    // Compared against when the id is unknown, so that an unknown id takes as long as a wrong secret.
    private let decoy = APIKey.generate().hash

    /// - Parameter now: milliseconds since 1970.
    package init(store: any Store, now: @escaping @Sendable () -> Int64) {
        self.store = store
        self.now = now
    }

    /// Makes the first key and writes it to `path` with mode 0600; does nothing while there is one that is good for everything.
    ///
    /// When all such have ended or were revoked it makes another: without one nobody could ever make keys again.
    ///
    /// - Returns: whether a key was made.
    /// - Throws: `SecurityError` with `keyFile`, `StorageError`. Without a file there is no key either.
    @discardableResult
    package func createFirstKey(writingTo path: String) async throws -> Bool {
        let time = now()
        guard try await !store.read({ try $0.hasMasterKey(besides: nil, at: time) }) else { return false }
        let key = APIKey.generate()
        // The file first: a key nobody can read would lock everyone out.
        try KeyFile.write(key.reveal() + "\n", to: path)
        try await insert(key, KeyOrder(name: "first", tenant: .default, role: .admin), by: "cli")
        return true
    }

    /// Makes a further key; it is returned once and cannot be read again.
    ///
    /// - Throws: `StorageError`.
    package func createKey(_ order: KeyOrder, by actor: String = "cli") async throws -> APIKey {
        let key = APIKey.generate()
        try await insert(key, order, by: actor)
        return key
    }

    /// Makes a further key of that name.
    ///
    /// - Throws: `StorageError`.
    package func createKey(name: String, tenant: TenantID, role: Role) async throws -> APIKey {
        try await createKey(KeyOrder(name: name, tenant: tenant, role: role))
    }

    /// A tenant's keys, the newest first, ended ones among them.
    ///
    /// - Throws: `StorageError`.
    package func keys(of tenant: TenantID) async throws -> [APIKeyRecord] {
        try await store.read { try $0.apiKeys(of: tenant) }
    }

    /// Makes a key that the caller stores together with what it belongs to.
    package func prepareKey(_ order: KeyOrder) -> (key: APIKey, record: APIKeyRecord) {
        let key = APIKey.generate()
        return (key, record(of: key, order))
    }

    /// Ends a key.
    ///
    /// - Parameter tenant: whose it must be; nil for anybody's.
    /// - Returns: the key as it is now; nil when there is none.
    /// - Throws: `SecurityError` with `lastKey` when nobody could make keys without it; `StorageError`.
    @discardableResult
    package func revoke(_ id: String, of tenant: TenantID? = nil, by actor: String = "cli") async throws
        -> APIKeyRecord?
    {
        let time = now()
        let record = try await store.write { transaction -> APIKeyRecord? in
            guard let record = try transaction.apiKey(id), tenant == nil || tenant == record.tenant else { return nil }
            let isMaster = Self.caller(record, at: time)?.isMaster ?? false
            guard try !isMaster || transaction.hasMasterKey(besides: id, at: time) else {
                throw SecurityError.lastKey(record.name)
            }
            if try transaction.revokeAPIKey(id, at: time) {
                try transaction.append(Self.entry("key.revoked", record, by: actor, at: time))
            }
            return try transaction.apiKey(id)
        }
        cache.forget(id)
        return record
    }

    /// Finds out who sent this key.
    ///
    /// - Throws: `SecurityError` with `unauthenticated`, which does not tell why; `StorageError`.
    package func authenticate(_ text: String?) async throws -> Principal {
        if let caller = text.flatMap(known) { return caller }
        guard let text, let key = APIKey(parsing: text) else { throw SecurityError.unauthenticated }
        let changes = cache.changes
        let record = try await store.read { try $0.apiKey(key.id) }
        let time = now()
        guard key.matches(hash: record?.hash ?? decoy), let record, let caller = Self.caller(record, at: time) else {
            throw SecurityError.unauthenticated
        }
        // A key that nobody has must not fill the cache.
        cache.keep(record, of: text, readAfter: changes)
        if cache.notesUse(of: record.id, at: time) {
            // A store that cannot write now is no reason to refuse whoever reads.
            try? await store.write { try $0.noteUse(ofAPIKey: record.id, at: time) }
        }
        return caller
    }

    /// Whose key this is when it was let in lately: found out without asking the store.
    ///
    /// - Returns: nil also when the key's use is to be noted: that is for `authenticate`.
    package func known(_ text: String) -> Principal? {
        let time = now()
        guard let record = cache.row(of: text), !cache.mustNoteUse(of: record, at: time) else { return nil }
        return Self.caller(record, at: time)
    }

    private static func caller(_ record: APIKeyRecord, at time: Int64) -> Principal? {
        guard record.revoked == nil, record.expires.map({ time < $0 }) ?? true, let role = Role(rawValue: record.role)
        else { return nil }
        return Principal(
            id: record.id,
            tenant: record.tenant,
            role: role,
            scopes: record.scopes.map { Set($0.compactMap(Scope.init(rawValue:))) },
            keyExpires: record.expires
        )
    }

    private func record(of key: APIKey, _ order: KeyOrder) -> APIKeyRecord {
        APIKeyRecord(
            id: key.id,
            tenant: order.tenant,
            name: order.name,
            hash: key.hash,
            created: now(),
            role: order.role.rawValue,
            scopes: order.scopes?.map(\.rawValue).sorted(),
            expires: order.expires
        )
    }

    private func insert(_ key: APIKey, _ order: KeyOrder, by actor: String) async throws {
        let record = record(of: key, order)
        try await store.write { transaction in
            try transaction.insert(record)
            try transaction.append(Self.entry("key.created", record, by: actor, at: record.created))
        }
    }

    private static func entry(
        _ action: String,
        _ record: APIKeyRecord,
        by actor: String,
        at time: Int64
    ) -> AuditEntry {
        AuditEntry(
            tenant: record.tenant,
            timestamp: time,
            actor: actor,
            action: action,
            job: nil,
            detail: ["key": .string(record.id), "name": .string(record.name), "role": .string(record.role)]
        )
    }
}
