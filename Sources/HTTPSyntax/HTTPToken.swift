/// A token of HTTP: a method, the name of a field, a part of a media type.
///
/// Source: RFC 9110 §5.6.2.
package enum HTTPToken {
    /// A whole token as a regular expression (ECMA-262), as JSON Schema wants it.
    package static let pattern = "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$"

    /// Whether the byte may stand in a token.
    ///
    /// Inlinable, as the parsers of every request ask it of every byte of a name.
    @inlinable
    package static func mayHold(_ byte: UInt8) -> Bool {
        switch byte {
        // Digits and letters.
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        // !#$%&'*+-.^_`|~
        case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x5E...0x60, 0x7C, 0x7E: true
        default: false
        }
    }

    /// Whether all of the bytes make one token; no bytes make none.
    @inlinable
    package static func isToken(_ bytes: some Collection<UInt8>) -> Bool {
        guard !bytes.isEmpty else { return false }
        return bytes.withContiguousStorageIfAvailable { $0.allSatisfy(mayHold) } ?? bytes.allSatisfy(mayHold)
    }
}
