/// A piece of HTML that is shown or says how.
enum HTMLToken: Hashable {
    /// Words, their entities decoded.
    case text(String)
    case tag(Tag)

    /// A tag that was read to its end.
    struct Tag: Hashable {
        /// In lower case.
        let name: String
        /// Whether it is `</name>`.
        let isEnd: Bool
        /// Those that were asked for, names in lower case, entities decoded; the first of a name counts.
        let attributes: [String: String]

        /// Elements that begin a line.
        private static let blocks: Set<String> = [
            "br", "p", "div", "tr", "li", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "hr", "blockquote",
        ]

        /// What it puts between the words around it: a line, a space, or nothing.
        var separator: String {
            if Self.blocks.contains(name) { return "\n" }
            return !isEnd && (name == "td" || name == "th") ? " " : ""
        }

        /// Whether what follows, to the end tag, is neither words nor tags.
        var hidesContent: Bool { !isEnd && (name == "script" || name == "style" || name == "title") }
    }
}
