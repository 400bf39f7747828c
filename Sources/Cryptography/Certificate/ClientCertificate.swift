import CCrypto

/// An X.509 certificate with its private RSA key, for assertions a service checks against the registered certificate.
package struct ClientCertificate: ~Copyable {
    private let key: OpaquePointer
    private let certificate: OpaquePointer

    /// Reads PEM (certificate and private key in one file, in any order) or PKCS #12 (`.pfx`).
    ///
    /// - Parameter password: of the key or the file; nil when there is none.
    /// - Throws: `CryptographyError` with `invalidKey` that says what the file lacks.
    package init(_ bytes: [UInt8], password: String? = nil) throws {
        (key, certificate) = try Self.pair(bytes, password)
    }

    deinit {
        EVP_PKEY_free(key)
        X509_free(certificate)
    }

    /// SHA-256 of the certificate in DER: what `x5t#S256` names (RFC 7515 §4.1.8).
    package var thumbprint: Digest { SHA256.digest(of: Self.der(certificate)) }

    /// The end of its validity in seconds since 1970.
    package var notAfter: Int64 { X509Certificate.notAfter(certificate) }

    /// Signs by RSASSA-PSS with SHA-256 and a salt of 32 bytes: `PS256` (RFC 7518 §3.5).
    ///
    /// - Throws: `CryptographyError` with `libraryFailure`.
    package func signPS256(_ message: [UInt8]) throws -> [UInt8] {
        let context = EVP_MD_CTX_new()
        defer { EVP_MD_CTX_free(context) }
        var padding: OpaquePointer?
        var count = 0
        guard EVP_DigestSignInit(context, &padding, EVP_sha256(), nil, key) == 1,
            EVP_PKEY_CTX_set_rsa_padding(padding, RSA_PKCS1_PSS_PADDING) == 1,
            EVP_PKEY_CTX_set_rsa_pss_saltlen(padding, 32) == 1,
            EVP_DigestSign(context, nil, &count, message, message.count) == 1
        else { throw Self.failure }
        var signature = [UInt8](repeating: 0, count: count)
        guard EVP_DigestSign(context, &signature, &count, message, message.count) == 1 else { throw Self.failure }
        return Array(signature[..<count])
    }

    // MARK: Reading

    private static func pair(_ bytes: [UInt8], _ password: String?) throws -> (OpaquePointer, OpaquePointer) {
        let isPEM = bytes.firstRange(of: Array("-----BEGIN ".utf8)) != nil
        let (key, certificate) = isPEM ? try pem(bytes, password) : try pfx(bytes, password)
        guard EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA else {
            EVP_PKEY_free(key)
            X509_free(certificate)
            throw invalid("its key is not RSA, which is what the identity platform takes")
        }
        return (key, certificate)
    }

    private static func pem(_ bytes: [UInt8], _ password: String?) throws -> (OpaquePointer, OpaquePointer) {
        try withReader(bytes) { reader in
            // Without a password the library would ask for one on the terminal.
            let key = (password ?? "").withCString { text in
                PEM_read_bio_PrivateKey(reader, nil, nil, UnsafeMutableRawPointer(mutating: text))
            }
            guard let key else {
                throw invalid(
                    "it has no private key that the password opens (PEM needs key and certificate in one file)"
                )
            }
            return try withReader(bytes) { reader in
                while let certificate = PEM_read_bio_X509(reader, nil, nil, nil) {
                    if X509_check_private_key(certificate, key) == 1 { return (key, certificate) }
                    X509_free(certificate)
                }
                EVP_PKEY_free(key)
                throw invalid("it has no certificate that belongs to its private key")
            }
        }
    }

    private static func pfx(_ bytes: [UInt8], _ password: String?) throws -> (OpaquePointer, OpaquePointer) {
        try withReader(bytes) { reader in
            guard let container = d2i_PKCS12_bio(reader, nil) else { throw invalid("it is neither PEM nor PKCS #12") }
            defer { PKCS12_free(container) }
            var key: OpaquePointer?
            var certificate: OpaquePointer?
            guard PKCS12_parse(container, password ?? "", &key, &certificate, nil) == 1 else {
                throw invalid(unopened(ERR_GET_REASON(ERR_peek_last_error())))
            }
            guard let key, let certificate else {
                EVP_PKEY_free(key)
                X509_free(certificate)
                throw invalid("it lacks the private key or the certificate")
            }
            return (key, certificate)
        }
    }

    /// The library opens no more what is encrypted by RC2-40 or DES, as older programs write it.
    private static func unopened(_ reason: Int32) -> String {
        guard reason != PKCS12_R_MAC_VERIFY_FAILURE else { return "the password does not open it" }
        return "it is encrypted in a way that is no longer safe, such as RC2-40; make a new one with AES-256: "
            + "openssl pkcs12 -legacy -in old.pfx -nodes | openssl pkcs12 -export -out new.pfx"
    }

    private static func withReader<R>(_ bytes: [UInt8], _ body: (OpaquePointer) throws -> R) throws -> R {
        // What an earlier call left in the thread's queue is not about this file.
        defer { ERR_clear_error() }
        return try bytes.withUnsafeBytes { buffer in
            guard let reader = BIO_new_mem_buf(buffer.baseAddress, Int32(buffer.count)) else { throw failure }
            defer { BIO_free(reader) }
            return try body(reader)
        }
    }

    private static func der(_ certificate: OpaquePointer) -> [UInt8] {
        var start: UnsafeMutablePointer<UInt8>?
        let count = i2d_X509(certificate, &start)
        defer { CRYPTO_free(start, #file, #line) }
        return Array(UnsafeBufferPointer(start: start, count: max(0, Int(count))))
    }

    private static func invalid(_ problem: String) -> CryptographyError {
        CryptographyError(code: .invalidKey, message: "The certificate file cannot be used: \(problem)")
    }

    private static let failure = CryptographyError(
        code: .libraryFailure,
        message: "libcrypto could not sign with PS256"
    )
}
