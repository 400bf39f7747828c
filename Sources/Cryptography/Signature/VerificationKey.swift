import CCrypto

/// A public key that checks signatures: RSA with PKCS #1 v1.5 or ECDSA on P-256, both over SHA-256.
package final class VerificationKey: Sendable {
    /// What the key is made for; it checks nothing else.
    package enum Kind: Sendable {
        /// RSASSA-PKCS1-v1_5 with SHA-256, as JWS calls RS256.
        case rsa
        /// ECDSA on P-256 with SHA-256, as JWS calls ES256: signatures are r and s, 32 bytes each.
        case p256
    }

    package let kind: Kind
    // Set once and only read afterwards: libcrypto counts references atomically, and verifying changes nothing.
    private nonisolated(unsafe) let key: OpaquePointer

    /// An RSA key of its two numbers, big-endian.
    ///
    /// - Throws: `CryptographyError` with `invalidKey`: below 2048 or above 8192 bits, or no key at all.
    package convenience init(rsaModulus modulus: [UInt8], exponent: [UInt8]) throws {
        let modulus = Array(modulus.drop { $0 == 0 })
        guard (256...1024).contains(modulus.count), (1...8).contains(exponent.count), exponent.last.map({ $0 & 1 }) == 1
        else { throw Self.invalid("An RSA key has 2048 to 8192 bits and an odd exponent") }
        let numbers = DER.sequence(DER.integer(modulus) + DER.integer(exponent))
        // rsaEncryption (RFC 8017 A.1), NULL
        let algorithm: [UInt8] = [
            0x30, 0x0D, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01, 0x05, 0x00,
        ]
        try self.init(.rsa, subjectPublicKeyInfo: DER.sequence(algorithm + DER.bitString(numbers)))
    }

    /// A point of P-256, each coordinate 32 bytes.
    ///
    /// - Throws: `CryptographyError` with `invalidKey`, also when the point is not on the curve.
    package convenience init(p256X x: [UInt8], y: [UInt8]) throws {
        guard x.count == 32, y.count == 32 else { throw Self.invalid("A coordinate of P-256 has 32 bytes") }
        // id-ecPublicKey, prime256v1 (RFC 5480)
        let algorithm: [UInt8] = [
            0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D,
            0x03, 0x01, 0x07,
        ]
        try self.init(.p256, subjectPublicKeyInfo: DER.sequence(algorithm + DER.bitString([0x04] + x + y)))
    }

    private init(_ kind: Kind, subjectPublicKeyInfo bytes: [UInt8]) throws {
        let key = bytes.withUnsafeBufferPointer { buffer in
            var start = buffer.baseAddress
            return d2i_PUBKEY(nil, &start, buffer.count)
        }
        guard let key else {
            ERR_clear_error()
            throw Self.invalid("The numbers are no public key")
        }
        self.kind = kind
        self.key = key
    }

    deinit { EVP_PKEY_free(key) }

    /// Whether `signature` is this key's of the message.
    package func verify(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        var signature = signature
        if kind == .p256 {
            let (r, s) = (signature.prefix(32), signature.dropFirst(32))
            // Zeros satisfy the equation in careless implementations: "psychic signatures", CVE-2022-21449.
            guard signature.count == 64, r.contains(where: { $0 != 0 }), s.contains(where: { $0 != 0 }) else {
                return false
            }
            signature = DER.sequence(DER.integer(Array(r)) + DER.integer(Array(s)))
        }
        let context = EVP_MD_CTX_new()
        defer { EVP_MD_CTX_free(context) }
        let isValid =
            EVP_DigestVerifyInit(context, nil, EVP_sha256(), nil, key) == 1
            && EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
        if !isValid { ERR_clear_error() }
        return isValid
    }

    private static func invalid(_ message: String) -> CryptographyError {
        CryptographyError(code: .invalidKey, message: message)
    }
}

/// The few forms of DER (X.690) that public keys and signatures are wrapped in.
private enum DER {
    static func sequence(_ content: [UInt8]) -> [UInt8] { element(0x30, content) }

    /// A number from 0, big-endian.
    static func integer(_ magnitude: [UInt8]) -> [UInt8] {
        var digits = Array(magnitude.drop { $0 == 0 })
        // A first bit of 1 would make it negative.
        if digits.first.map({ $0 >= 0x80 }) ?? true { digits.insert(0, at: 0) }
        return element(0x02, digits)
    }

    static func bitString(_ bytes: [UInt8]) -> [UInt8] { element(0x03, [0] + bytes) }

    private static func element(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        let count = content.count
        let length: [UInt8] =
            switch count {
            case 0..<0x80: [UInt8(count)]
            case 0x80..<0x100: [0x81, UInt8(count)]
            default: [0x82, UInt8(count >> 8), UInt8(count & 0xFF)]
            }
        return [tag] + length + content
    }
}
