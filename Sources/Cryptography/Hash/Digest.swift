/// The result of a hash or MAC.
package struct Digest: Hashable, Sendable, CustomStringConvertible {
    /// 20 bytes for SHA-1, 32 for SHA-256.
    package let bytes: [UInt8]

    /// Wraps bytes that were computed elsewhere.
    package init(bytes: [UInt8]) { self.bytes = bytes }

    /// Lower-case hexadecimal.
    package var hex: String { Hex.encode(bytes) }
    /// Base64 with padding.
    package var base64: String { Base64.encode(bytes) }
    /// Lower-case hexadecimal.
    package var description: String { hex }
}
