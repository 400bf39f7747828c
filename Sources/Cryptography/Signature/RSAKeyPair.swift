import CCrypto

/// An RSA key pair of 2048 bits, made here, that signs as RS256 (RFC 7518 §3.3).
// Sendable: never changed after `init`, and every signature has a context of its own.
package final class RSAKeyPair: @unchecked Sendable {
    private let key: OpaquePointer

    /// Makes a pair; takes about a tenth of a second.
    ///
    /// - Throws: `CryptographyError` with `libraryFailure`.
    package init() throws(CryptographyError) {
        guard let key = cpa_rsa_generate(2048) else {
            throw CryptographyError(code: .libraryFailure, message: "libcrypto could not make an RSA key")
        }
        self.key = key
    }

    deinit { EVP_PKEY_free(key) }

    /// The modulus of the public key, big-endian.
    package var modulus: [UInt8] { number("n") }
    /// The exponent of the public key, big-endian.
    package var exponent: [UInt8] { number("e") }

    private func number(_ name: String) -> [UInt8] {
        var value: OpaquePointer?
        precondition(EVP_PKEY_get_bn_param(key, name, &value) == 1, "Cannot read a public key")
        defer { BN_free(value) }
        return [UInt8](unsafeUninitializedCapacity: (Int(BN_num_bits(value)) + 7) / 8) { buffer, count in
            count = Int(BN_bn2bin(value, buffer.baseAddress))
        }
    }

    /// Signs a message: PKCS #1 v1.5 with SHA-256, 256 bytes.
    ///
    /// - Throws: `CryptographyError` with `libraryFailure`.
    package func sign(_ message: [UInt8]) throws(CryptographyError) -> [UInt8] {
        let context = EVP_MD_CTX_new()
        defer { EVP_MD_CTX_free(context) }
        var signature = [UInt8](repeating: 0, count: 256)
        var count = signature.count
        guard EVP_DigestSignInit(context, nil, EVP_sha256(), nil, key) == 1,
            EVP_DigestSign(context, &signature, &count, message, message.count) == 1
        else { throw CryptographyError(code: .libraryFailure, message: "libcrypto could not sign with RSA") }
        return signature
    }
}
