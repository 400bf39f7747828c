/// The origin of a site as a scenario writes it: `https://host` or `https://host:port`.
package enum SiteOrigin {
    /// Whether the text is one; a slash at its end is none of a path.
    package static func isWellFormed(_ text: String) -> Bool {
        let rest = ["https://", "http://"].first(where: text.hasPrefix).map { text.dropFirst($0.count) } ?? ""
        let host = rest.last == "/" ? rest.dropLast() : rest
        return !host.isEmpty && !host.contains { "/?#@".contains($0) }
    }
}
