import DomainNames

/// One mail address, checked: `anna@kunde.de`, or `Anna Muster <anna@kunde.de>`.
///
/// The strict part of RFC 5322's addr-spec: a dot-atom and a host name. What could smuggle a second address or a header
/// (CR, LF, commas, quotes) is refused.
package struct MailAddress: Sendable, Hashable, CustomStringConvertible {
    /// What is wrong with an address, as the end of a sentence.
    package struct Invalid: Error, Sendable, Hashable, CustomStringConvertible {
        /// The end of the sentence.
        package let description: String
    }

    private static let atomCharacters = Set("!#$%&'*+-/=?^_`{|}~".unicodeScalars)

    /// `local@host`
    package let address: String
    /// The name in front of it.
    package let name: String?
    /// The address alone.
    package var description: String { address }

    /// Reads one address.
    package init(_ text: String) throws(Invalid) {
        guard
            text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F && !(0x80...0x9F).contains($0.value) }
            )
        else { throw Invalid(description: "has a control character or line break") }
        let text = Self.trimmed(text)
        guard text.hasSuffix(">") else {
            name = nil
            address = try Self.checked(text)
            return
        }
        let parts = text.dropLast().split(separator: "<", omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw Invalid(description: "must look like 'Name <local@host>'") }
        let name = Self.trimmed(String(parts[0]).filter { $0 != "\"" })
        guard !name.unicodeScalars.contains(where: { ",;:@\\".unicodeScalars.contains($0) }) else {
            throw Invalid(description: "has a name with one of , ; : @ \\ in it")
        }
        self.name = name.isEmpty ? nil : name
        address = try Self.checked(String(parts[1]))
    }

    private static func checked(_ address: String) throws(Invalid) -> String {
        let parts = address.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw Invalid(description: "must be one address with one @, like anna@kunde.de") }
        let atoms = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        let isLocal = atoms.allSatisfy { atom in !atom.isEmpty && atom.unicodeScalars.allSatisfy(isAtom) }
        guard isLocal, parts[0].utf8.count <= 64 else {
            throw Invalid(description: "has a part before the @ that is no mail name")
        }
        let labels = parts[1].split(separator: ".", omittingEmptySubsequences: false)
        guard labels.count >= 2, labels.allSatisfy(isLabel), DomainName(parts[1]) != nil else {
            throw Invalid(description: "has a part behind the @ that is no host name")
        }
        return address
    }

    private static func isAtom(_ scalar: Unicode.Scalar) -> Bool {
        // Letters beyond ASCII are allowed (RFC 6531); separators and invisible characters are not letters.
        isAlphanumeric(scalar) || atomCharacters.contains(scalar)
    }

    private static func isLabel(_ label: Substring) -> Bool {
        !label.isEmpty && label.utf8.count <= 63 && label.first != "-" && label.last != "-"
            && label.unicodeScalars.allSatisfy { isAlphanumeric($0) || $0 == "-" }
    }

    private static func isAlphanumeric(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII
            ? ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar)
            : scalar.properties.isAlphabetic
    }

    private static func trimmed(_ text: String) -> String {
        var text = Substring(text)
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
