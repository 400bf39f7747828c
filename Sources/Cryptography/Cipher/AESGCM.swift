import CCrypto

/// AES-256 in Galois/Counter Mode (NIST SP 800-38D): text that can neither be read nor changed without the key.
package enum AESGCM {
    /// Bytes of a key.
    package static let keySize = 32
    /// Bytes of a nonce; a random one for each message of a key.
    package static let nonceSize = 12
    private static let tagSize = 16

    /// Encrypts; the result is nonce ‖ ciphertext ‖ tag.
    ///
    /// - Parameters:
    ///   - context: what the message belongs to; the same is needed to open it.
    ///   - nonce: random unless a test says.
    /// - Throws: `CryptographyError` with `invalidKey` or `libraryFailure`.
    package static func seal(
        _ message: [UInt8],
        key: [UInt8],
        context: [UInt8],
        nonce: [UInt8] = RandomBytes.generate(nonceSize)
    ) throws(CryptographyError) -> [UInt8] {
        try check(key)
        guard nonce.count == nonceSize, let cipher = EVP_CIPHER_CTX_new() else { throw failure }
        defer { EVP_CIPHER_CTX_free(cipher) }
        var output = [UInt8](repeating: 0, count: message.count)
        var tag = [UInt8](repeating: 0, count: tagSize)
        var count: Int32 = 0
        guard EVP_EncryptInit_ex(cipher, EVP_aes_256_gcm(), nil, key, nonce) == 1,
            EVP_EncryptUpdate(cipher, nil, &count, context, Int32(context.count)) == 1,
            message.isEmpty || EVP_EncryptUpdate(cipher, &output, &count, message, Int32(message.count)) == 1,
            EVP_EncryptFinal_ex(cipher, nil, &count) == 1,
            EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, Int32(tagSize), &tag) == 1
        else { throw failure }
        return nonce + output + tag
    }

    /// Decrypts what `seal` made; nil when key or context are others, or a bit was changed.
    ///
    /// - Throws: `CryptographyError` with `invalidKey`.
    package static func open(_ sealed: [UInt8], key: [UInt8], context: [UInt8]) throws(CryptographyError) -> [UInt8]? {
        try check(key)
        guard sealed.count >= nonceSize + tagSize, let cipher = EVP_CIPHER_CTX_new() else { return nil }
        defer { EVP_CIPHER_CTX_free(cipher) }
        let nonce = Array(sealed.prefix(nonceSize))
        let body = Array(sealed[nonceSize..<(sealed.count - tagSize)])
        var tag = Array(sealed.suffix(tagSize))
        var output = [UInt8](repeating: 0, count: body.count)
        var count: Int32 = 0
        guard EVP_DecryptInit_ex(cipher, EVP_aes_256_gcm(), nil, key, nonce) == 1,
            EVP_DecryptUpdate(cipher, nil, &count, context, Int32(context.count)) == 1,
            body.isEmpty || EVP_DecryptUpdate(cipher, &output, &count, body, Int32(body.count)) == 1,
            EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, Int32(tagSize), &tag) == 1,
            EVP_DecryptFinal_ex(cipher, nil, &count) == 1
        else { return nil }
        return output
    }

    private static func check(_ key: [UInt8]) throws(CryptographyError) {
        guard key.count == keySize else {
            throw CryptographyError(code: .invalidKey, message: "A key of AES-256 has 32 bytes, this one \(key.count)")
        }
    }

    private static var failure: CryptographyError {
        CryptographyError(code: .libraryFailure, message: "libcrypto could not encrypt with AES-256-GCM")
    }
}
