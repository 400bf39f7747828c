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
        guard !text.unicodeScalars.contains(where: Self.isUnseen) else {
            throw Invalid(description: "has a control character, line break or invisible character")
        }
        let text = Self.trimmed(text)
        guard text.hasSuffix(">") else {
            name = nil
            address = try Self.checked(text)
            return
        }
        guard let open = text.lastIndex(of: "<") else {
            throw Invalid(description: "must look like 'Name <local@host>'")
        }
        let name = try Self.name(Self.trimmed(String(text[..<open])))
        self.name = name.isEmpty ? nil : name
        address = try Self.checked(String(text[text.index(after: open)...].dropLast()))
    }

    private init(address: String, name: String?) {
        self.address = address
        self.name = name
    }

    /// The same with its domain as DNS has it, which a server without SMTPUTF8 (RFC 6531) takes too.
    ///
    /// - Throws: `Invalid` when the part before the @ is not ASCII: that has no other form.
    package func ascii() throws(Invalid) -> MailAddress {
        guard !address.utf8.allSatisfy({ $0 < 0x80 }) else { return self }
        let parts = address.split(separator: "@")
        guard parts.count == 2, parts[0].utf8.allSatisfy({ $0 < 0x80 }), let domain = DomainName(parts[1]) else {
            throw Invalid(
                description:
                    "has letters beyond ASCII before the @, which SMTP does not carry; use the address's form in ASCII"
            )
        }
        return MailAddress(address: "\(parts[0])@\(domain.ascii)", name: name)
    }

    /// A name: quoted, with anything in it (RFC 5322 §3.2.4), or of words without what separates addresses.
    private static func name(_ text: String) throws(Invalid) -> String {
        guard text.count >= 2, text.first == "\"", text.last == "\"" else {
            guard !text.unicodeScalars.contains(where: { ",;:@\\<>".unicodeScalars.contains($0) }) else {
                throw Invalid(description: "has a name with one of , ; : @ \\ < > in it: put it into quotes")
            }
            return trimmed(text.filter { $0 != "\"" })
        }
        var name = ""
        var isEscaped = false
        for character in text.dropFirst().dropLast() {
            switch character {
            case "\\" where !isEscaped: isEscaped = true
            case "\"" where !isEscaped:
                throw Invalid(description: "has a quote within its quoted name; write \\\" there")
            default:
                name.append(character)
                isEscaped = false
            }
        }
        guard !isEscaped else { throw Invalid(description: "has a quoted name that ends with a backslash") }
        return trimmed(name)
    }

    /// Controls, line breaks, and what nobody sees: it may turn the letters around, or break them out of their line.
    private static func isUnseen(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .surrogate: true
        // Joiners hold the letters of some scripts together.
        case .format: scalar.value != 0x200C && scalar.value != 0x200D
        default: false
        }
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
