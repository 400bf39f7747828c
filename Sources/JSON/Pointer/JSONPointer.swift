/// The way to a value inside a document (RFC 6901): `/tasks/3/selector`; the empty pointer is the whole.
package struct JSONPointer: Sendable, Hashable {
    /// Member names and array indices, from the outside in, unescaped.
    package var components: [String]

    /// A pointer from its parts.
    package init(_ components: [String] = []) {
        self.components = components
    }

    /// Reads the string form; nil when it neither is empty nor begins with `/`, or has a wrong `~` escape.
    package init?(parsing text: String) {
        components = []
        guard !text.isEmpty else { return }
        guard text.hasPrefix("/") else { return nil }
        for part in text.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            guard let component = Self.unescape(part) else { return nil }
            components.append(component)
        }
    }

    /// The pointer to a member of what this points to.
    package func appending(_ key: String) -> JSONPointer { JSONPointer(components + [key]) }
    /// The pointer to an element of what this points to.
    package func appending(_ index: Int) -> JSONPointer { JSONPointer(components + [String(index)]) }
    /// The pointer to what holds this; nil for the whole document.
    package var parent: JSONPointer? { components.isEmpty ? nil : JSONPointer(components.dropLast()) }

    /// An array index as RFC 6901 writes it: no sign, no leading zeros.
    static func index(_ component: String) -> Int? {
        guard component == "0" || (component.utf8.first.map { (0x31...0x39).contains($0) } ?? false) else { return nil }
        return Int(component)
    }

    private static func unescape(_ part: Substring) -> String? {
        guard part.contains("~") else { return String(part) }
        var result = ""
        var iterator = part.makeIterator()
        while let character = iterator.next() {
            guard character == "~" else {
                result.append(character)
                continue
            }
            switch iterator.next() {
            case "0": result.append("~")
            case "1": result.append("/")
            default: return nil
            }
        }
        return result
    }
}

extension JSONPointer: CustomStringConvertible, ExpressibleByStringLiteral {
    /// The string form, e.g. `/tasks/3/selector`.
    package var description: String {
        components.map { component in
            "/"
                + component.split(separator: "~", omittingEmptySubsequences: false).joined(separator: "~0")
                .split(separator: "/", omittingEmptySubsequences: false).joined(separator: "~1")
        }.joined()
    }

    /// A pointer written in the source; a malformed one is a programming error.
    package init(stringLiteral value: String) {
        guard let pointer = JSONPointer(parsing: value) else {
            preconditionFailure("'\(value)' is not a JSON pointer")
        }
        self = pointer
    }
}
