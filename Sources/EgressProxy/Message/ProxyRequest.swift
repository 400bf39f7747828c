import NetworkPolicy

/// What a browser asks its proxy for.
struct ProxyRequest: Sendable {
    let method: String
    let host: HostName
    let port: Int
    /// `path?query` for the server; empty for `CONNECT`.
    let target: String
    let head: MessageHead

    var isConnect: Bool { method == "CONNECT" }

    /// Reads a head.
    ///
    /// - Throws: `EgressDenial` with `malformed_url` or `malformed_host`.
    init(_ head: MessageHead) throws(EgressDenial) {
        self.head = head
        let parts = head.first.split(separator: " ", omittingEmptySubsequences: false)
        guard head.isStrict, parts.count == 3, parts[2] == "HTTP/1.1" || parts[2] == "HTTP/1.0", !parts[0].isEmpty
        else {
            throw EgressDenial(.malformedURL, "The request", "is no request for a proxy")
        }
        method = String(parts[0])
        let authority: Substring
        if method == "CONNECT" {
            authority = parts[1]
            target = ""
        } else {
            guard parts[1].lowercased().hasPrefix("http://") else {
                throw EgressDenial(.scheme, "The request", "is for no http: address")
            }
            let rest = parts[1].dropFirst(7)
            authority = rest.prefix { !"/?#".contains($0) }
            let path = rest.dropFirst(authority.count)
            target = path.first == "/" ? String(path) : "/" + path
        }
        guard !authority.contains("@") else {
            throw EgressDenial(.userinfo, "The request", "has a name in its address")
        }
        var (name, digits) = (authority, Substring(method == "CONNECT" ? "" : "80"))
        let afterBrackets = authority.lastIndex(of: "]") ?? authority.startIndex
        if let colon = authority[afterBrackets...].lastIndex(of: ":") {
            name = authority[..<colon]
            digits = authority[authority.index(after: colon)...]
        }
        guard let host = HostName(name), (1...5).contains(digits.utf8.count), let port = Int(digits),
            (1...65535).contains(port)
        else {
            throw EgressDenial(.malformedHost, "'\(authority.prefix(80))'", "is no host with a port")
        }
        self.host = host
        self.port = port
    }

    /// The request as the server itself wants it.
    var originForm: [UInt8] {
        var text = "\(method) \(target) HTTP/1.1\r\n"
        for (line, field) in zip(head.lines, head.fields)
        where field.name != "proxy-connection" && field.name != "proxy-authorization" {
            text += line + "\r\n"
        }
        return Array((text + "\r\n").utf8)
    }
}
