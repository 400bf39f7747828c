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

    private static func plain(_ tag: String) -> Substring { tag.hasPrefix("W/") ? tag.dropFirst(2) : tag[...] }
}
