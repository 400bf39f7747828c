import CCrypto

/// Keyed hashes (RFC 2104).
package enum HMAC {
    /// HMAC-SHA-256.
    package static func sha256(_ message: [UInt8], key: [UInt8]) -> Digest {
        compute(EVP_sha256(), message, key)
    }

    /// HMAC-SHA-1: the default of one-time passwords (RFC 6238), sound in this use.
    package static func sha1(_ message: [UInt8], key: [UInt8]) -> Digest {
        compute(EVP_sha1(), message, key)
    }

    /// HMAC-SHA-512.
    package static func sha512(_ message: [UInt8], key: [UInt8]) -> Digest {
        compute(EVP_sha512(), message, key)
    }

    private static func compute(_ algorithm: OpaquePointer?, _ message: [UInt8], _ key: [UInt8]) -> Digest {
        let mac = [UInt8](unsafeUninitializedCapacity: Int(EVP_MAX_MD_SIZE)) { buffer, count in
            var length: UInt32 = 0
            let result = CCrypto.HMAC(
                algorithm,
                key,
                Int32(key.count),
                message,
                message.count,
                buffer.baseAddress,
                &length
            )
            precondition(result != nil, "Cannot compute an HMAC: forbidden by the machine's OpenSSL policy?")
            count = Int(length)
        }
        return Digest(bytes: mac)
    }
}
