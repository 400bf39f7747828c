import Cryptography
import FoundationEssentials
import JSON

#if canImport(Glibc)
    import Glibc
#endif

/// Secrets in an encrypted file: each by its tenant's key, each tenant's key by the one key the operator keeps.
///
/// Every record is bound to its tenant, name and version, so that none can be put in another's place. The file is replaced in
/// one step, under a lock; it is read anew each time. Blocks; callable from any thread.
package struct SecretStore: Sendable {
    /// A secret, without its value.
    package struct Entry: Sendable, Hashable {
        package var tenant: String
        package var name: String
        /// Counts from 1 with each change.
        package var version: Int
        /// Milliseconds since 1970.
        package var updated: Int64
    }

    private static let sizeLimit = 16 << 20
    private static let check = Array("cpa secrets".utf8)

    private let path: String
    private let key: SecretsKey
    private let now: @Sendable () -> Int64

    /// - Parameters:
    ///   - path: of the file; made with the first secret.
    ///   - now: milliseconds since 1970.
    package init(path: String, key: SecretsKey, now: @escaping @Sendable () -> Int64) {
        self.path = path
        self.key = key
        self.now = now
    }

    /// Whether there is a file at all.
    package static func exists(at path: String) -> Bool { access(path, F_OK) == 0 }

    // MARK: Names

    /// What is wrong with the name of a secret, and what is right; nil when nothing is.
    ///
    /// `__` parts tenant and name where secrets are variables.
    package static func problem(name: String) -> String? {
        let isName = name.utf8.allSatisfy { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 95
        }
        let isUsable = isName && (1...100).contains(name.utf8.count) && !(48...57).contains(name.utf8.first ?? 48)
        guard isUsable, name.firstRange(of: "__") == nil else {
            return "'\(name)' is no name for a secret: letters, digits and single _, beginning with a letter"
        }
        return nil
    }

    /// What is wrong with the name of a tenant, and what is right; nil when nothing is.
    package static func problem(tenant: String) -> String? {
        let isPlain = tenant.unicodeScalars.allSatisfy {
            $0.properties.generalCategory != .control && !$0.properties.isWhitespace
        }
        guard isPlain, (1...100).contains(tenant.utf8.count) else {
            return "'\(tenant)' is no name of a tenant: 1 to 100 bytes without white space and control characters"
        }
        return nil
    }

    // MARK: Use

    /// The value of a tenant's secret, or nil.
    ///
    /// - Throws: `SecurityError` with `secretStore`: not readable, changed by others, or of another key.
    package func secret(_ name: String, tenant: String) throws -> String? {
        let file = try read()
        guard let record = file["tenants"]?[tenant]?["secrets"]?[name] else { return nil }
        let tenantKey = try self.tenantKey(tenant, in: file)
        return String(decoding: try value(record, tenantKey, tenant, name), as: UTF8.self)
    }

    /// Every secret there is, without values, by tenant and name.
    ///
    /// - Throws: `SecurityError` with `secretStore`.
    package func list() throws -> [Entry] {
        var entries: [Entry] = []
        for (tenant, section) in try read()["tenants"]?.object ?? [:] {
            for (name, record) in section["secrets"]?.object ?? [:] {
                entries.append(
                    Entry(
                        tenant: tenant,
                        name: name,
                        version: record["version"]?.int ?? 0,
                        updated: record["updated"]?.int64 ?? 0
                    )
                )
            }
        }
        return entries.sorted { ($0.tenant, $0.name) < ($1.tenant, $1.name) }
    }

    /// Keeps a value under a name; one that was there is gone.
    ///
    /// - Returns: what is there now.
    /// - Throws: `SecurityError` with `secretStore`.
    @discardableResult
    package func set(_ name: String, to value: String, tenant: String) throws -> Entry {
        if let problem = Self.problem(name: name) ?? Self.problem(tenant: tenant) { throw Self.failure(problem) }
        guard (1...65_536).contains(value.utf8.count) else {
            throw Self.failure("A secret has 1 to 65536 bytes, this one \(value.utf8.count)")
        }
        return try change { file in
            let tenantKey: [UInt8]
            var section = file["tenants"]?[tenant]?.object ?? [:]
            if section["key"] != nil {
                tenantKey = try self.tenantKey(tenant, in: file)
            } else {
                tenantKey = RandomBytes.generate(AESGCM.keySize)
                section["key"] = .string(try wrap(tenantKey, for: tenant))
            }
            var secrets = section["secrets"]?.object ?? [:]
            let version = (secrets[name]?["version"]?.int ?? section["removed"]?[name]?.int ?? 0) + 1
            let sealed = try AESGCM.seal(
                Array(value.utf8),
                key: tenantKey,
                context: Self.context(tenant, name, version)
            )
            let entry = Entry(tenant: tenant, name: name, version: version, updated: now())
            secrets[name] = [
                "version": JSONValue(version), "updated": .integer(entry.updated),
                "data": .string(Base64.encode(sealed)),
            ]
            section["secrets"] = .object(secrets)
            var tenants = file["tenants"]?.object ?? [:]
            tenants[tenant] = .object(section)
            file["tenants"] = .object(tenants)
            return entry
        }
    }

    /// Forgets a secret.
    ///
    /// - Returns: whether there was one.
    /// - Throws: `SecurityError` with `secretStore`.
    package func remove(_ name: String, tenant: String) throws -> Bool {
        try change { file in
            guard var section = file["tenants"]?[tenant]?.object, var secrets = section["secrets"]?.object,
                let record = secrets[name]
            else { return false }
            secrets[name] = nil
            section["secrets"] = .object(secrets)
            // A version is never used twice: an old record put back would not open.
            var removed = section["removed"]?.object ?? [:]
            removed[name] = record["version"] ?? 0
            section["removed"] = .object(removed)
            var tenants = file["tenants"]?.object ?? [:]
            tenants[tenant] = .object(section)
            file["tenants"] = .object(tenants)
            return true
        }
    }

    /// Wraps every tenant's key with another key; the values stay as they are.
    ///
    /// - Throws: `SecurityError` with `secretStore`; nothing was changed then.
    package func rotate(to next: SecretsKey) throws {
        try change { file in
            var tenants = file["tenants"]?.object ?? [:]
            let successor = SecretStore(path: path, key: next, now: now)
            for (tenant, value) in tenants {
                var section = value.object ?? [:]
                section["key"] = .string(try successor.wrap(try tenantKey(tenant, in: file), for: tenant))
                tenants[tenant] = .object(section)
            }
            file["tenants"] = .object(tenants)
            file["check"] = .string(try successor.checkMark())
        }
    }

    // MARK: Keys

    private func tenantKey(_ tenant: String, in file: JSONObject) throws -> [UInt8] {
        guard let text = file["tenants"]?[tenant]?["key"]?.string, let sealed = try? Base64.decode(text),
            let opened = try AESGCM.open(sealed, key: key.bytes, context: Self.context(tenant))
        else { throw Self.failure("The key of tenant '\(tenant)' in '\(path)' was changed or is another tenant's") }
        return opened
    }

    private func wrap(_ tenantKey: [UInt8], for tenant: String) throws -> String {
        Base64.encode(try AESGCM.seal(tenantKey, key: key.bytes, context: Self.context(tenant)))
    }

    private func checkMark() throws -> String {
        Base64.encode(try AESGCM.seal(Self.check, key: key.bytes, context: Self.check))
    }

    private func value(_ record: JSONValue, _ tenantKey: [UInt8], _ tenant: String, _ name: String) throws -> [UInt8] {
        guard let version = record["version"]?.int, let text = record["data"]?.string,
            let sealed = try? Base64.decode(text),
            let opened = try AESGCM.open(sealed, key: tenantKey, context: Self.context(tenant, name, version))
        else { throw Self.failure("The secret '\(name)' of tenant '\(tenant)' in '\(path)' was changed or moved") }
        return opened
    }

    /// What a record belongs to: lengths keep `a|bc` and `ab|c` apart.
    private static func context(_ tenant: String, _ name: String? = nil, _ version: Int? = nil) -> [UInt8] {
        [tenant, name, version.map(String.init)].compactMap(\.self).flatMap { part in
            withUnsafeBytes(of: UInt32(part.utf8.count).bigEndian, Array.init) + Array(part.utf8)
        }
    }

    // MARK: The file

    private func read() throws -> JSONObject {
        var status = stat()
        guard stat(path, &status) == 0 else {
            if errno == ENOENT { return [:] }
            throw Self.failure("Cannot read '\(path)': \(String(cString: strerror(errno)))")
        }
        guard status.st_mode & 0o077 == 0 else { throw Self.failure("Others can read '\(path)': chmod 600 it") }
        guard status.st_size <= Self.sizeLimit, let data = FileManager.default.contents(atPath: path),
            let file = try? JSONValue(parsing: Array(data)).object, file["version"]?.int == 1
        else { throw Self.failure("'\(path)' is no secrets store of this version, or was damaged") }
        guard let text = file["check"]?.string, let sealed = try? Base64.decode(text),
            try AESGCM.open(sealed, key: key.bytes, context: Self.check) == Self.check
        else {
            throw Self.failure(
                "The secrets in '\(path)' were kept with another key: give the right one in CPA_SECRETS_KEY or its key file. Nothing was changed"
            )
        }
        return file
    }

    private func change<R>(_ body: (inout JSONObject) throws -> R) throws -> R {
        let lock = open(path + ".lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0, flock(lock, LOCK_EX) == 0 else {
            throw Self.failure("Cannot lock '\(path)': \(String(cString: strerror(errno)))")
        }
        defer { close(lock) }
        var file = try read()
        if file.isEmpty { file = ["version": 1, "check": .string(try checkMark()), "tenants": [:]] }
        let result = try body(&file)
        do {
            try KeyFile.write(JSONValue.object(file).text() + "\n", to: path)
        } catch let error as SecurityError {
            throw Self.failure(error.message)
        }
        return result
    }

    private static func failure(_ message: String) -> SecurityError {
        SecurityError(code: .secretStore, message: message)
    }
}
