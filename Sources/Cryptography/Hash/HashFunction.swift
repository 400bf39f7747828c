import CCrypto

/// A hash computed piece by piece by libcrypto; `SHA256` and `SHA1` are the ones to use.
package protocol HashFunction: ~Copyable {
    /// Nothing hashed yet.
    init()
    /// Takes the next bytes.
    mutating func update(bytes: UnsafeRawBufferPointer)
    /// The hash of everything taken so far.
    consuming func finalize() -> Digest
}

extension HashFunction where Self: ~Copyable {
    /// Takes the next bytes.
    package mutating func update(_ bytes: some Sequence<UInt8>) {
        let isContiguous: Void? = bytes.withContiguousStorageIfAvailable { update(bytes: UnsafeRawBufferPointer($0)) }
        if isContiguous == nil { Array(bytes).withUnsafeBytes { update(bytes: $0) } }
    }

    /// Takes the UTF-8 of a string.
    package mutating func update(_ text: some StringProtocol) { update(text.utf8) }

    /// The hash of `bytes`.
    package static func digest(of bytes: some Sequence<UInt8>) -> Digest {
        var hash = Self()
        hash.update(bytes)
        return hash.finalize()
    }

    /// The hash of the UTF-8 of `text`.
    package static func digest(of text: some StringProtocol) -> Digest { digest(of: text.utf8) }
}

/// SHA-256 (FIPS 180-4).
package struct SHA256: HashFunction, ~Copyable {
    /// Looked up once: OpenSSL would look for who computes it at the start of every hash.
    nonisolated(unsafe) private static let algorithm = EVP_MD_fetch(nil, "SHA256", nil)
    private let context: DigestContext

    package init() { context = DigestContext(Self.algorithm) }
    package mutating func update(bytes: UnsafeRawBufferPointer) { context.update(bytes) }
    package consuming func finalize() -> Digest { context.finalize() }

    /// The hash of `bytes`; what the audit and every message ask for.
    package static func digest(of bytes: [UInt8]) -> Digest {
        let context = DigestContext(algorithm)
        bytes.withUnsafeBytes { context.update($0) }
        return context.finalize()
    }
}

/// SHA-1 (FIPS 180-4), for the WebSocket handshake only (RFC 6455 §4.2.2): it is broken as a signature.
package struct SHA1: HashFunction, ~Copyable {
    private let context: DigestContext

    package init() { context = DigestContext(EVP_sha1()) }
    package mutating func update(bytes: UnsafeRawBufferPointer) { context.update(bytes) }
    package consuming func finalize() -> Digest { context.finalize() }
}

/// Owns one `EVP_MD_CTX`.
///
/// Not private: a release build inlines the end of a hash into other rooms, which then refer to this type by name.
package struct DigestContext: ~Copyable {
    private let context: OpaquePointer

    init(_ algorithm: OpaquePointer?) {
        guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, algorithm, nil) == 1 else {
            preconditionFailure("Cannot start a hash: out of memory, or forbidden by the machine's OpenSSL policy")
        }
        self.context = context
    }

    deinit { EVP_MD_CTX_free(context) }

    func update(_ bytes: UnsafeRawBufferPointer) {
        precondition(EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1, "Cannot update a hash")
    }

    func finalize() -> Digest {
        let digest = [UInt8](unsafeUninitializedCapacity: Int(EVP_MAX_MD_SIZE)) { buffer, count in
            var length: UInt32 = 0
            precondition(EVP_DigestFinal_ex(context, buffer.baseAddress, &length) == 1, "Cannot finish a hash")
            count = Int(length)
        }
        return Digest(bytes: digest)
    }
}
