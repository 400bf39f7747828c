/// Something libcrypto or a decoder refused.
package struct CryptographyError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What went wrong.
    package enum Code: String, Sendable {
        /// The text is not what the encoding allows.
        case malformedEncoding
        /// A key of the wrong length or kind.
        case invalidKey
        /// A file could not be read.
        case unreadableFile
        /// A certificate that cannot be read, has expired, or does not belong to its key.
        case invalidCertificate
        /// A TLS peer broke the protocol, speaks nothing we do, or cut the connection.
        case tlsFailure
        /// The first bytes of a connection are HTTP without TLS.
        case plainHTTP
        /// libcrypto failed: out of memory, or an algorithm the machine's policy forbids.
        case libraryFailure
    }

    /// What went wrong.
    package var code: Code
    /// One sentence; never holds key material.
    package var message: String
    /// The sentence.
    package var description: String { message }
}
