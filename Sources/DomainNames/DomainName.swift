import CIDN2

/// A domain name in the one form it is looked up and compared by: lower-case ASCII, `xn--bse-sna.example`.
///
/// Letters are mapped as UTS #46 has it: upper case, full-width and composed forms of a name are the same name. Names in
/// ASCII are taken as they are but for their case. Lives as long as you like; safe from anywhere.
package struct DomainName: Hashable, Sendable, CustomStringConvertible {
    private static let longest = 253
    private static let longestLabel = 63

    /// As DNS has it, without a dot at its end.
    package let ascii: String
    /// As DNS has it.
    package var description: String { ascii }

    /// Reads a name; nil for what is none, an address of numbers included.
    package init?(_ text: some StringProtocol) {
        guard let lookup = text.utf8.allSatisfy({ $0 < 0x80 }) ? text.lowercased() : Self.lookup(String(text)) else {
            return nil
        }
        let name = lookup.hasSuffix(".") ? String(lookup.dropLast()) : lookup
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        guard labels.allSatisfy(Self.isLabel), name.utf8.count <= Self.longest, let top = labels.last,
            // Else it is an address, or nothing at all (RFC 3696 §2).
            !top.utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else { return nil }
        ascii = name
    }

    private static func lookup(_ text: String) -> String? {
        var result: UnsafeMutablePointer<UInt8>?
        let flags = Int32(IDN2_NFC_INPUT.rawValue | IDN2_NONTRANSITIONAL.rawValue)
        let code = text.withCString(encodedAs: UTF8.self) { idn2_lookup_u8($0, &result, flags) }
        guard code == IDN2_OK.rawValue, let result else { return nil }
        // The library gives memory of its own, which is ours to free.
        defer { idn2_free(result) }
        return String(cString: result).lowercased()
    }

    /// Letters, digits, hyphens and the underscore some names have.
    private static func isLabel(_ label: Substring) -> Bool {
        !label.isEmpty && label.utf8.count <= longestLabel && label.first != "-" && label.last != "-"
            && label.utf8.allSatisfy { byte in
                (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "-")
                    || byte == UInt8(ascii: "_")
            }
    }
}
