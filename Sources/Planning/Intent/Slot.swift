package import JSON
import JobModel
import RegularExpressions

/// A value an intent needs: a variable of its scenario that a sentence can fill.
package struct Slot: Sendable {
    /// What its value must be.
    package enum Kind: String, Sendable, CaseIterable {
        case text, number
        /// `anna@kunde.example`, or with a name before it in angle brackets.
        case email
        /// `https://…` or `http://…`.
        case url
    }

    /// The variable's name.
    package var name: String
    /// One line for people.
    package var summary: String
    /// What its value must be.
    package var kind: Kind
    /// Whether the intent is of no use without it; else the variable's own value holds.
    package var isRequired: Bool

    /// What people call it, in lower case, and what that means.
    let lookup: [String: String]
    /// Finds it anywhere in a sentence that did not fill it; its group `value`, or all of it.
    let pattern: RegularExpression?

    /// Whether it is filled with a name or an address; else with any words.
    var isName: Bool { kind == .email || !lookup.isEmpty }

    /// Whether what somebody wrote can be one.
    func accepts(_ written: String) -> Bool { (try? value(of: .string(written))) != nil }

    /// The variable's value for what somebody wrote.
    ///
    /// - Throws: `Problem` when that cannot be one.
    package func value(of written: JSONValue) throws(Problem) -> JSONValue {
        if kind == .number, written.double != nil { return written }
        guard let text = written.string?.trimmed, !text.isEmpty, text.utf8.count <= 2_000 else {
            throw Problem("must be text of 1 to 2000 bytes, is \(written.typeName)")
        }
        let meant = lookup[text.lowercased()] ?? text
        switch kind {
        case .text: return .string(meant)
        case .number: return try Self.number(meant)
        case .email:
            guard Self.isAddress(meant) else {
                let book = lookup.isEmpty ? "" : ", and nobody is known by that name"
                throw Problem("must be a mail address, is '\(meant.prefix(60))'\(book)")
            }
            return .string(meant)
        case .url:
            // The scheme is the same in capitals (RFC 3986, 3.1).
            let scheme = meant.prefix { $0 != ":" }.lowercased()
            guard scheme == "https" || scheme == "http", meant.dropFirst(scheme.count).hasPrefix("://") else {
                throw Problem("must be an address such as https://example.com/, is '\(meant.prefix(60))'")
            }
            return .string(meant)
        }
    }

    /// What is wrong with a value, as the rest of a sentence that begins with its name.
    package struct Problem: Error, Hashable, Sendable {
        package var message: String
        init(_ message: String) { self.message = message }
    }

    private static func isAddress(_ text: String) -> Bool {
        var address = Substring(text)
        if text.hasSuffix(">"), let start = text.lastIndex(of: "<") {
            address = text[text.index(after: start)...].dropLast()
        }
        let parts = address.split(separator: "@", omittingEmptySubsequences: false)
        let isPlain = address.unicodeScalars.allSatisfy { $0.value > 0x20 && !"<>,;\"".unicodeScalars.contains($0) }
        return parts.count == 2 && !parts[0].isEmpty && isPlain && parts[1].split(separator: ".").count > 1
    }
}

extension String {
    /// Without white space around it.
    var trimmed: String {
        var rest = self[...]
        while rest.first?.isWhitespace == true { rest.removeFirst() }
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return String(rest)
    }
}
