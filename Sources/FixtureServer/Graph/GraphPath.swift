import HTTPServer

/// The path of a Graph request in one form: `/v1.0/users('a')/mailFolders('Inbox')/microsoft.graph.x` becomes
/// `users a mailFolders Inbox x`.
enum GraphPath {
    private static let namespace = "microsoft.graph."

    /// The segments behind the version; nil when the path has none of ours.
    static func segments(_ request: HTTPRequest) -> [String]? {
        let raw = request.segments
        guard raw.first == "v1.0" else { return nil }
        return raw.dropFirst().flatMap(normalize)
    }

    private static func normalize(_ segment: String) -> [String] {
        var name = segment.hasPrefix(namespace) ? String(segment.dropFirst(namespace.count)) : segment
        if name.hasSuffix("()") { name.removeLast(2) }
        guard name.hasSuffix("')"), let open = name.firstIndex(of: "("),
            name[name.index(after: open)...].hasPrefix("'")
        else { return [name] }
        let key = name[name.index(open, offsetBy: 2)...].dropLast(2)
        return [String(name[..<open]), Self.unquoted(key)]
    }

    /// Doubled quotes stand for one.
    private static func unquoted(_ key: Substring) -> String {
        var content = ""
        var wasQuote = false
        for character in key {
            if character == "'", wasQuote {
                wasQuote = false
                continue
            }
            wasQuote = character == "'"
            content.append(character)
        }
        return content
    }
}
