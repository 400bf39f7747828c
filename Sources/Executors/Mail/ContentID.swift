/// The names by which HTML shows images that come with the mail (RFC 2392).
enum ContentID {
    /// What stands behind `cid:` in the attributes of HTML, each once.
    static func shown(in html: String) -> [String] {
        var names: [String] = []
        var rest = Substring(html)
        while let found = rest.firstRange(of: "cid:") {
            let before = rest[..<found.lowerBound].last
            rest = rest[found.upperBound...]
            // Only behind a quote, an equals sign or a bracket: the word may stand in the text too.
            guard let before, "\"'=(".contains(before) else { continue }
            let name = String(rest.prefix { !$0.isWhitespace && !"\"'>)".contains($0) })
            if !name.isEmpty, !names.contains(name) { names.append(name) }
        }
        return names
    }
}
