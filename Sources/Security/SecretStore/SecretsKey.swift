import Cryptography

#if canImport(Glibc)
    import Glibc
#endif

/// The key all others are wrapped with: 32 bytes, from the environment or a file only its owner can read.
package struct SecretsKey: Sendable {
    let bytes: [UInt8]

    /// Makes one.
    package static func generate() -> SecretsKey { SecretsKey(bytes: RandomBytes.generate(AESGCM.keySize)) }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    /// Reads 64 hexadecimal digits, or 32 bytes in base64.
    ///
    /// - Throws: `SecurityError` with `secretStore`; the message does not repeat the key.
    package init(parsing text: String) throws {
        let decoded = text.utf8.count == 64 ? try? Hex.decode(text) : try? Base64.decode(text)
        guard let decoded, decoded.count == AESGCM.keySize else {
            throw SecurityError(
                code: .secretStore,
                message:
                    "The key of the secrets store is not 32 bytes in hexadecimal or base64; 'openssl rand -hex 32' makes one"
            )
        }
        bytes = decoded
    }

    /// Reads the key's file.
    ///
    /// - Parameter isMade: whether a missing file is made, with a new key.
    /// - Throws: `SecurityError`.
    package init(file path: String, isMade: Bool) throws {
        guard access(path, F_OK) == 0 || !isMade else {
            self = .generate()
            try write(to: path)
            return
        }
        guard access(path, F_OK) == 0 else {
            throw SecurityError(
                code: .secretStore,
                message: "There are secrets but not their key '\(path)': put it back, or give it in CPA_SECRETS_KEY"
            )
        }
        try self.init(parsing: try KeyFile.read(path))
    }

    /// What the operator must keep: shown once.
    package func reveal() -> String { Hex.encode(bytes) }

    /// Writes it to a file, mode 0600.
    ///
    /// - Throws: `SecurityError` with `keyFile`.
    package func write(to path: String) throws { try KeyFile.write(Hex.encode(bytes) + "\n", to: path) }
}
