import CCrypto

#if canImport(Glibc)
    import Glibc
#endif

/// A certificate, to check what its key has signed.
// Sendable: never changed after `init`; libcrypto counts references atomically.
package final class X509Certificate: @unchecked Sendable {
    /// The signatures of JWTs we know (RFC 7518 §3.3, §3.5), with SHA-256.
    package enum Algorithm: String, Sendable {
        case rs256 = "RS256"
        case ps256 = "PS256"
    }

    private let pointer: OpaquePointer
    /// The certificate's bytes (DER).
    package let bytes: [UInt8]

    /// Reads the first certificate of a PEM text.
    ///
    /// - Throws: `CryptographyError` with `invalidCertificate`.
    package init(pem: [UInt8]) throws(CryptographyError) {
        // The reader points into the text for as long as it lives.
        let pointer = pem.withUnsafeBytes { text in
            let input = BIO_new_mem_buf(text.baseAddress, Int32(clamping: text.count))
            defer { BIO_free(input) }
            return PEM_read_bio_X509(input, nil, cpa_tls_no_password, nil)
        }
        guard let pointer else {
            ERR_clear_error()
            throw CryptographyError(code: .invalidCertificate, message: "There is no certificate in the PEM text")
        }
        self.pointer = pointer
        var memory: UnsafeMutablePointer<UInt8>?
        let count = Int(i2d_X509(pointer, &memory))
        bytes = Array(UnsafeBufferPointer(start: memory, count: max(0, count)))
        CRYPTO_free(memory, nil, 0)
    }

    deinit { X509_free(pointer) }

    /// The end of its validity in seconds since 1970.
    package var notAfter: Int64 { Self.notAfter(pointer) }

    /// That of any certificate of libcrypto's; 0 for one whose time cannot be read.
    static func notAfter(_ certificate: OpaquePointer) -> Int64 {
        var time = tm()
        guard ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &time) == 1 else { return 0 }
        return Int64(timegm(&time))
    }

    /// Whether the key of this certificate has signed the message.
    package func verifies(_ signature: [UInt8], of message: [UInt8], _ algorithm: Algorithm) -> Bool {
        let context = EVP_MD_CTX_new()
        defer {
            EVP_MD_CTX_free(context)
            ERR_clear_error()
        }
        var keyContext: OpaquePointer?
        guard let key = X509_get0_pubkey(pointer), EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA,
            EVP_DigestVerifyInit(context, &keyContext, EVP_sha256(), nil, key) == 1
        else { return false }
        if algorithm == .ps256 {
            guard EVP_PKEY_CTX_set_rsa_padding(keyContext, RSA_PKCS1_PSS_PADDING) == 1,
                EVP_PKEY_CTX_set_rsa_pss_saltlen(keyContext, RSA_PSS_SALTLEN_DIGEST) == 1
            else { return false }
        }
        return EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }
}
