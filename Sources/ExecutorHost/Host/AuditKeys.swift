import Cryptography
import Security

#if canImport(Glibc)
    import Glibc
#endif

/// The keys of the audit: one seals what is personal, one signs checkpoints. Made at the first start, in files of mode 0600.
struct AuditKeys {
    /// 32 bytes.
    let master: [UInt8]
    /// Of the signing key, 32 bytes.
    let seed: [UInt8]

    /// Reads the keys, or makes them.
    init(_ paths: Paths) throws {
        master = try Self.key(paths.auditKey)
        seed = try Self.key(paths.auditSigningKey)
        guard access(paths.auditPublicKey, F_OK) != 0 else { return }
        try KeyFile.write(Hex.encode(try SigningKey(seed: seed).publicKey) + "\n", to: paths.auditPublicKey)
    }

    private static func key(_ path: String) throws -> [UInt8] {
        if access(path, F_OK) != 0 { try KeyFile.write(Hex.encode(RandomBytes.generate(32)) + "\n", to: path) }
        return try read(path)
    }

    /// 32 bytes in hexadecimal.
    static func read(_ path: String) throws -> [UInt8] {
        let text: String
        do { text = try KeyFile.read(path) } catch let error as SecurityError {
            throw HostError(.unavailable, error.message)
        }
        guard let bytes = try? Hex.decode(text), bytes.count == 32 else {
            throw HostError(.unavailable, "\(path) holds no key: 64 hexadecimal digits are expected")
        }
        return bytes
    }
}
