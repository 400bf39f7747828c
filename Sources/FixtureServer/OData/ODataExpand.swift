/// What `$expand` asks for: properties, each with options of its own in parentheses.
struct ODataExpand: Sendable {
    /// Options by property, the options' names in lower case without `$`.
    private(set) var items: [String: [String: String]] = [:]

    /// Nothing.
    init() {}

    /// Reads `attachments($select=id,name),singleValueExtendedProperties($filter=id eq 'x')`.
    init(_ text: String) {
        for item in Self.split(text, at: ",") {
            let open = item.firstIndex(of: "(") ?? item.endIndex
            let name = String(item[..<open].filter { $0 != " " })
            let inner = item[open...].dropFirst().dropLast()
            var options: [String: String] = [:]
            for option in Self.split(String(inner), at: ";") {
                let halves = option.split(separator: "=", maxSplits: 1)
                guard halves.count == 2 else { continue }
                options[halves[0].filter { $0 != "$" && $0 != " " }.lowercased()] = String(halves[1])
            }
            items[name] = options
        }
    }

    /// Splits where neither parentheses nor quotes are open.
    private static func split(_ text: String, at separator: Character) -> [String] {
        var parts = [""]
        var depth = 0
        var isQuoted = false
        for character in text {
            if character == "'" { isQuoted.toggle() }
            if !isQuoted, character == "(" { depth += 1 }
            if !isQuoted, character == ")" { depth -= 1 }
            if character == separator, depth == 0, !isQuoted {
                parts.append("")
            } else {
                parts[parts.count - 1].append(character)
            }
        }
        return parts.filter { !$0.isEmpty }
    }
}
