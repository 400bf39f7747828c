package import NetworkPolicy

/// A proxy of the job's own behind ours: `http://host:port` or `socks5://host:port`.
package struct UpstreamProxy: Sendable, Hashable {
    enum Kind: Sendable, Hashable {
        case http
        case socks5
    }

    let kind: Kind
    let host: HostName
    let port: Int
    /// Hosts reached without it.
    private let bypass: [Bypass]

    private enum Bypass: Sendable, Hashable {
        /// Names without a dot.
        case local
        case host(HostPattern, port: Int?)
    }

    /// Reads it.
    ///
    /// - Parameter bypass: hosts by comma, as Chromium's bypass list.
    /// - Throws: `EgressDenial` with `upstream_proxy`.
    package init(server: String, bypass: String?) throws(EgressDenial) {
        let scheme = server.contains("://") ? server.prefix { $0 != ":" }.lowercased() : "http"
        switch scheme {
        case "http": kind = .http
        case "socks5", "socks5h": kind = .socks5
        default:
            throw Self.problem(
                server,
                "is of a kind that cannot stand behind cpa's own; use http://host:port or socks5://host:port"
            )
        }
        var rest = server.contains("://") ? server.dropFirst(scheme.count + 3) : server[...]
        if rest.last == "/" { rest.removeLast() }
        let usual = kind == .http ? 80 : 1080
        let afterBrackets = rest.lastIndex(of: "]") ?? rest.startIndex
        let colon = rest[afterBrackets...].lastIndex(of: ":")
        guard let host = HostName(colon.map { rest[..<$0] } ?? rest),
            let port = colon.map({ Int(rest[rest.index(after: $0)...]) }) ?? usual, (1...65535).contains(port)
        else { throw Self.problem(server, "is no proxy; write http://host:port") }
        self.host = host
        self.port = port
        var entries: [Bypass] = []
        for text in (bypass ?? "").split(whereSeparator: { ",; ".contains($0) }) where text != "<-loopback>" {
            guard let entry = Self.bypass(text) else {
                throw Self.problem(server, "has the bypass '\(text)', which is no host")
            }
            entries.append(entry)
        }
        self.bypass = entries
    }

    private static func problem(_ server: String, _ reason: String) -> EgressDenial {
        // A password may stand in it, where it does not belong.
        EgressDenial(.upstreamProxy, "The proxy '\(server.contains("@") ? "…" : server)'", reason)
    }

    private static func bypass(_ text: Substring) -> Bypass? {
        if text == "<local>" { return .local }
        let rest = text.firstRange(of: "://").map { text[$0.upperBound...] } ?? text
        if let pattern = HostPattern(String(rest)) { return .host(pattern, port: nil) }
        guard let colon = rest.lastIndex(of: ":"), let port = Int(rest[rest.index(after: colon)...]),
            let pattern = HostPattern(String(rest[..<colon]))
        else { return nil }
        return .host(pattern, port: port)
    }

    /// Whether a place is reached without it.
    func isBypassed(_ host: HostName, _ port: Int) -> Bool {
        bypass.contains { entry in
            switch entry {
            case .local:
                if case .name(let name) = host.kind { !name.contains(".") } else { false }
            case .host(let pattern, let own): (own == nil || own == port) && pattern.matches(host)
            }
        }
    }
}
