package import Cryptography
import JSON
package import JobModel

/// The head of a chain at one time, signed: shows later that nothing up to it was cut off or written anew.
package struct AuditCheckpoint: Hashable, Sendable {
    /// A backup took the place of the data: from here on the chain goes on after another record than it did.
    package struct Restore: Hashable, Sendable {
        /// Checkpoints up to this record hold for the backup too; later ones are of the data set aside.
        package var kept: Int64
        /// Where that lies.
        package var aside: String
    }

    package var tenant: TenantID
    /// The last record then.
    package var sequence: Int64
    /// Its hash.
    package var hash: [UInt8]
    /// Milliseconds since 1970.
    package var timestamp: Int64
    /// SHA-256 of the line before it in its file (`AuditCheckpointLink`); zeros for the first: a line taken out of the middle shows.
    package var previous: [UInt8]
    /// When a backup was put in the place of the data; nil as a rule.
    package var restore: Restore?
    /// Ed25519, over all of the above.
    package var signature: [UInt8]

    /// Signs the head of a chain.
    package init(
        tenant: TenantID,
        sequence: Int64,
        hash: [UInt8],
        timestamp: Int64,
        previous: [UInt8],
        restore: Restore? = nil,
        key: borrowing SigningKey
    ) throws {
        self.tenant = tenant
        self.sequence = sequence
        self.hash = hash
        self.timestamp = timestamp
        self.previous = previous
        self.restore = restore
        signature = []
        signature = try key.sign(signed)
    }

    /// Reads a line; nil when it is none.
    package init?(line: String) {
        guard let json = try? JSONValue(parsing: line), let tenant = json["tenant"]?.string,
            let sequence = json["seq"]?.int64, let hash = json["hash"]?.string.flatMap({ try? Hex.decode($0) }),
            let time = json["ts_ms"]?.int64, let previous = json["prev"]?.string.flatMap({ try? Hex.decode($0) }),
            let signature = json["sig"]?.string.flatMap({ try? Hex.decode($0) })
        else { return nil }
        self.tenant = TenantID(tenant)
        self.sequence = sequence
        self.hash = hash
        timestamp = time
        self.previous = previous
        self.signature = signature
        guard let members = json["restored"] else { return }
        guard let kept = members["kept"]?.int64, let aside = members["aside"]?.string else { return nil }
        restore = Restore(kept: kept, aside: aside)
    }

    /// The line of its file.
    package var line: String {
        var json: JSONObject = [
            "v": 1, "tenant": .string(tenant.rawValue), "seq": .integer(sequence), "hash": .string(Hex.encode(hash)),
            "ts_ms": .integer(timestamp), "prev": .string(Hex.encode(previous)), "sig": .string(Hex.encode(signature)),
        ]
        json["restored"] = restore.map { ["kept": .integer($0.kept), "aside": .string($0.aside)] }
        return json.text()
    }

    /// Whether this key signed it.
    package func isSigned(by publicKey: [UInt8]) -> Bool {
        SigningKey.verify(signature, of: signed, publicKey: publicKey)
    }

    private var signed: [UInt8] {
        let head = "\(tenant)\n\(sequence)\n\(Hex.encode(hash))\n\(timestamp)\n\(Hex.encode(previous))\n"
        guard let restore else { return Array("cpa audit checkpoint 1\n\(head)".utf8) }
        return Array("cpa audit restore 1\n\(head)\(restore.kept)\n\(restore.aside)\n".utf8)
    }
}
