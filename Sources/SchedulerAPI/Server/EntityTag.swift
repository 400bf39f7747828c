import HTTPServer

/// Tags by which clients know that they have it already (RFC 9110 §8.8.3).
enum EntityTag {
    /// Whether `If-None-Match` names the tag; weak and strong ones are alike here.
    static func isKnown(_ tag: String, to request: HTTPRequest) -> Bool {
        for field in request.headers.values("if-none-match") {
            for item in field.split(separator: ",") {
                let known = item.filter { $0 != " " && $0 != "\t" }
                if known == "*" || plain(known) == plain(tag) { return true }
            }
        }
        return false
    }

    /// The tags `If-Match` names; nil when there is none, or when any will do. Weak ones count: a job's tag changes with each
    /// change of it.
    static func wanted(by request: HTTPRequest) -> [String]? {
        let fields = request.headers.values("if-match")
        guard !fields.isEmpty else { return nil }
        let tags = fields.flatMap { $0.split(separator: ",") }.map { item in
            String(plain(item.filter { $0 != " " && $0 != "\t" }))
        }
        return tags.contains("*") ? nil : tags
    }

    private static func plain(_ tag: String) -> Substring { tag.hasPrefix("W/") ? tag.dropFirst(2) : tag[...] }
}
