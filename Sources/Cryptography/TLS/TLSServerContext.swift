import CCrypto

/// A server's certificate with its key, and the rules its connections follow: TLS 1.2 or newer, no renegotiation, no
/// compression, HTTP/1.1 by ALPN and nothing else.
///
/// Thread: made and used anywhere.
// Sendable: libssl counts references to the context atomically, and nothing changes it after `init`.
package final class TLSServerContext: @unchecked Sendable {
    let pointer: OpaquePointer

    /// Reads both files, PEM: the server's certificate followed by those that lead to its authority, and the key.
    ///
    /// - Throws: `CryptographyError`: `unreadableFile`, `invalidCertificate`, `invalidKey`; names the file and the remedy.
    package init(certificateFile: String, keyFile: String) throws(CryptographyError) {
        guard let pointer = SSL_CTX_new(TLS_server_method()) else {
            throw CryptographyError(code: .libraryFailure, message: "libssl gives no context: out of memory?")
        }
        self.pointer = pointer
        ERR_clear_error()
        // From here on `deinit` frees the context, also when a check throws.
        guard cpa_tls_server_rules(pointer) == 1 else {
            throw CryptographyError(code: .libraryFailure, message: "libssl refuses TLS 1.2: the machine's policy?")
        }
        guard SSL_CTX_use_certificate_chain_file(pointer, certificateFile) == 1 else {
            throw Self.failure(.invalidCertificate, "certificate", certificateFile, "BEGIN CERTIFICATE")
        }
        guard SSL_CTX_use_PrivateKey_file(pointer, keyFile, SSL_FILETYPE_PEM) == 1 else {
            if let mismatch = Self.mismatch(certificateFile, keyFile) { throw mismatch }
            throw Self.failure(.invalidKey, "key", keyFile, "BEGIN PRIVATE KEY, without a password")
        }
        guard SSL_CTX_check_private_key(pointer) == 1 else {
            throw Self.mismatched(certificateFile, keyFile)
        }
        if let end = X509_get0_notAfter(SSL_CTX_get0_certificate(pointer)), X509_cmp_current_time(end) < 0 {
            throw CryptographyError(
                code: .invalidCertificate,
                message: "The certificate in '\(certificateFile)' has expired; clients would refuse it: renew it"
            )
        }
    }

    deinit { SSL_CTX_free(pointer) }

    private static func mismatched(_ certificate: String, _ key: String) -> CryptographyError {
        CryptographyError(
            code: .invalidKey,
            message: "The key in '\(key)' does not belong to the first certificate in '\(certificate)'"
        )
    }

    /// libssl compares a key with the certificate when it is loaded.
    private static func mismatch(_ certificate: String, _ key: String) -> CryptographyError? {
        let code = ERR_peek_last_error()
        guard ERR_GET_REASON(code) == X509_R_KEY_VALUES_MISMATCH || ERR_GET_REASON(code) == X509_R_KEY_TYPE_MISMATCH
        else { return nil }
        return mismatched(certificate, key)
    }

    private static func failure(
        _ code: CryptographyError.Code,
        _ what: String,
        _ path: String,
        _ wanted: String
    ) -> CryptographyError {
        let isMissing = ERR_GET_LIB(ERR_peek_error()) == ERR_LIB_SYS
        ERR_clear_error()
        return CryptographyError(
            code: isMissing ? .unreadableFile : code,
            message: isMissing
                ? "The \(what) file '\(path)' cannot be opened; does it exist, and may it be read?"
                : "The \(what) file '\(path)' is not what is needed: PEM with \(wanted)"
        )
    }
}
