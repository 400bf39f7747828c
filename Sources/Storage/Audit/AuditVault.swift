import Cryptography
import JSON
import JobModel

/// Seals what is personal in audit records: each job has a key of its own, wrapped under the installation's.
///
/// Destroying a job's key makes what was sealed unreadable and leaves the chain whole, because the chain is over the
/// ciphertext. Names are found again by a blind index: HMAC of mail addresses and of what submissions call a person.
package struct AuditVault: Sendable {
    private let master: [UInt8]
    private let indexKey: [UInt8]

    /// - Parameter master: 32 random bytes, kept outside the database.
    /// - Throws: `StorageError` with `damaged` for another length.
    package init(master: [UInt8]) throws {
        guard master.count == AESGCM.keySize else {
            throw StorageError(.damaged, "The key of the audit has \(AESGCM.keySize) bytes, this one \(master.count)")
        }
        self.master = master
        indexKey = HMAC.sha256(Array("cpa audit index 1".utf8), key: master).bytes
    }

    /// A new key, wrapped.
    func makeKey(_ id: String, _ tenant: TenantID) throws -> [UInt8] {
        try AESGCM.seal(RandomBytes.generate(AESGCM.keySize), key: master, context: Self.context("key", tenant, id))
    }

    /// Encrypts under a wrapped key.
    ///
    /// - Throws: `StorageError` with `damaged` when the installation's key is another one by now.
    func seal(_ personal: JSONObject, key wrapped: [UInt8], _ id: String, _ tenant: TenantID) throws -> [UInt8] {
        guard let key = try AESGCM.open(wrapped, key: master, context: Self.context("key", tenant, id)) else {
            throw Self.otherMaster
        }
        return try AESGCM.seal(personal.serialized(), key: key, context: Self.context("record", tenant, id))
    }

    /// Decrypts; nil when the key was destroyed.
    func open(_ sealed: [UInt8], key wrapped: [UInt8], _ id: String, _ tenant: TenantID) throws -> JSONObject? {
        guard let key = try AESGCM.open(wrapped, key: master, context: Self.context("key", tenant, id)),
            let bytes = try AESGCM.open(sealed, key: key, context: Self.context("record", tenant, id))
        else { return nil }
        return (try? JSONValue(parsing: bytes))?.object
    }

    /// Whether a wrapped key was wrapped under this master.
    func wrapped(_ key: [UInt8], _ id: String, _ tenant: TenantID) throws -> Bool {
        try AESGCM.open(key, key: master, context: Self.context("key", tenant, id)) != nil
    }

    /// How a person is found again without being named: of a mail address, or any text, whatever its case.
    func index(_ person: String, _ tenant: TenantID) -> [UInt8] {
        let text = person.lowercased().filter { !$0.isWhitespace }
        return HMAC.sha256(Array("\(tenant)\n\(text)".utf8), key: indexKey).bytes
    }

    private static func context(_ what: String, _ tenant: TenantID, _ id: String) -> [UInt8] {
        Array("audit \(what)|\(tenant)|\(id)".utf8)
    }

    static let otherMaster = StorageError(
        .damaged,
        "The key of the audit is not the one its records were sealed with: put the file 'audit-key' of the data directory back"
    )
}
