import CCrypto

/// An Ed25519 key pair (RFC 8032), for checkpoints of the audit chain.
package struct SigningKey: ~Copyable {
    private let key: OpaquePointer

    /// Makes the pair of a 32-byte seed.
    ///
    /// - Throws: `CryptographyError` with `invalidKey`.
    package init(seed: [UInt8]) throws {
        guard seed.count == 32, let key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, seed, 32) else {
            throw CryptographyError(code: .invalidKey, message: "An Ed25519 seed has 32 bytes, this one \(seed.count)")
        }
        self.key = key
    }

    deinit { EVP_PKEY_free(key) }

    /// The 32 bytes to hand out.
    package var publicKey: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 32) { buffer, count in
            count = 32
            precondition(EVP_PKEY_get_raw_public_key(key, buffer.baseAddress, &count) == 1, "Cannot read a public key")
        }
    }

    /// Signs a message; 64 bytes.
    ///
    /// - Throws: `CryptographyError` with `libraryFailure`.
    package func sign(_ message: [UInt8]) throws -> [UInt8] {
        let context = EVP_MD_CTX_new()
        defer { EVP_MD_CTX_free(context) }
        var signature = [UInt8](repeating: 0, count: 64)
        var count = signature.count
        guard EVP_DigestSignInit(context, nil, nil, nil, key) == 1,
            EVP_DigestSign(context, &signature, &count, message, message.count) == 1
        else { throw CryptographyError(code: .libraryFailure, message: "libcrypto could not sign with Ed25519") }
        return signature
    }

    /// Whether `signature` is `publicKey`'s of this message.
    package static func verify(_ signature: [UInt8], of message: [UInt8], publicKey: [UInt8]) -> Bool {
        guard let key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, publicKey, publicKey.count) else {
            return false
        }
        defer { EVP_PKEY_free(key) }
        let context = EVP_MD_CTX_new()
        defer { EVP_MD_CTX_free(context) }
        return EVP_DigestVerifyInit(context, nil, nil, nil, key) == 1
            && EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }
}
