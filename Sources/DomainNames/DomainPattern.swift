/// One domain, `kunde.example`; or one with all below it, `.kunde.example` or `*.kunde.example`.
package struct DomainPattern: Hashable, Sendable, CustomStringConvertible {
    /// Why a text is no pattern, as the end of a sentence that begins with it.
    package struct Invalid: Error, Hashable, Sendable, CustomStringConvertible {
        /// The end of the sentence.
        package let description: String
    }

    private let name: DomainName
    private let takesSubdomains: Bool
    /// As it was written.
    package let description: String

    /// Reads a pattern.
    ///
    /// - Throws: what is wrong with one that could never match.
    package init(_ text: String) throws(Invalid) {
        let base =
            if text.hasPrefix("*.") { text.dropFirst(2) } else if text.hasPrefix(".") { text.dropFirst() } else {
                text[...]
            }
        guard !base.contains("@") else {
            throw Invalid(description: "has an @, and would match nothing; write the domain behind it")
        }
        guard !base.contains("*") else {
            throw Invalid(description: "has a * elsewhere than in *. at its beginning, and would match nothing")
        }
        guard let name = DomainName(base) else {
            throw Invalid(description: "is no domain; write kunde.example, or *.kunde.example for it and all below it")
        }
        let takesSubdomains = base.startIndex != text.startIndex
        // An address has a name of two labels at least.
        guard takesSubdomains || name.ascii.contains(".") else {
            throw Invalid(
                description: "is one word, and would match nothing; write the whole domain, such as kunde.example"
            )
        }
        self.name = name
        self.takesSubdomains = takesSubdomains
        description = text
    }

    /// Whether a name is the domain, or below it when that counts.
    package func matches(_ domain: DomainName) -> Bool {
        domain == name || takesSubdomains && domain.ascii.hasSuffix("." + name.ascii)
    }
}
