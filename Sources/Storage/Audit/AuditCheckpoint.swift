package import Cryptography
import JSON
package import JobModel

/// The head of a chain at one time, signed: shows later that nothing up to it was cut off or written anew.
package struct AuditCheckpoint: Hashable, Sendable {
    package var tenant: TenantID
    /// The last record then.
    package var sequence: Int64
    /// Its hash.
    package var hash: [UInt8]
    /// Milliseconds since 1970.
    package var timestamp: Int64
    /// SHA-256 of the line before it in its file; zeros for the first: a line taken out of the middle shows.
    package var previous: [UInt8]
    /// Ed25519, over all of the above.
    package var signature: [UInt8]

    /// Signs the head of a chain.
    package init(
        tenant: TenantID,
        sequence: Int64,
        hash: [UInt8],
        timestamp: Int64,
        previous: [UInt8],
        key: borrowing SigningKey
    ) throws {
        self.tenant = tenant
        self.sequence = sequence
        self.hash = hash
        self.timestamp = timestamp
        self.previous = previous
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
    }

    /// The line of its file.
    package var line: String {
        JSONValue.object([
            "v": 1, "tenant": .string(tenant.rawValue), "seq": .integer(sequence), "hash": .string(Hex.encode(hash)),
            "ts_ms": .integer(timestamp), "prev": .string(Hex.encode(previous)), "sig": .string(Hex.encode(signature)),
        ]).text()
    }

    /// Whether this key signed it.
    package func isSigned(by publicKey: [UInt8]) -> Bool {
        SigningKey.verify(signature, of: signed, publicKey: publicKey)
    }

    private var signed: [UInt8] {
        Array(
            "cpa audit checkpoint 1\n\(tenant)\n\(sequence)\n\(Hex.encode(hash))\n\(timestamp)\n\(Hex.encode(previous))\n"
                .utf8
        )
    }
}
