import EventLoops

/// Where a WebSocket client connects to.
package struct WebSocketAddress: Hashable, Sendable {
    /// Whether it speaks TLS.
    package var isSecure: Bool
    /// A name, or an IPv4 or IPv6 address without brackets.
    package var host: String
    /// TCP port.
    package var port: UInt16
    /// Path and query; begins with `/`.
    package var path: String

    /// Reads `ws://host[:port][/path]` and `wss://…`.
    ///
    /// - Throws: `WebSocketError` with `invalidURL`.
    package init(_ url: String) throws(WebSocketError) {
        let scheme = url.prefix { $0 != ":" }.lowercased()
        guard ["ws", "wss"].contains(scheme), url.dropFirst(scheme.count).hasPrefix("://") else {
            throw Self.invalid(url, "it must begin with ws:// or wss://")
        }
        isSecure = scheme == "wss"
        let rest = url.dropFirst(scheme.count + 3)
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let target = rest[authority.endIndex...].prefix { $0 != "#" }
        guard target.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw Self.invalid(url, "the path holds bytes that must be percent-encoded")
        }
        path = target.hasPrefix("/") ? String(target) : "/" + target
        let place = try Self.split(authority, of: url)
        host = place.host
        port = place.port ?? (isSecure ? 443 : 80)
        guard !isSecure || !host.contains(":") else {
            throw Self.invalid(url, "libwebsockets checks no certificate of a bare IPv6 address; use a name")
        }
    }

    private static func split(
        _ authority: Substring,
        of url: String
    ) throws(WebSocketError) -> (host: String, port: UInt16?) {
        let host: Substring
        let rest: Substring
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { throw invalid(url, "the bracket is not closed") }
            host = authority[authority.index(after: authority.startIndex)..<end]
            rest = authority[authority.index(after: end)...]
        } else {
            host = authority.prefix { $0 != ":" }
            rest = authority[host.endIndex...]
        }
        guard HostLookup.isAddress(String(host)) || isName(host) else {
            throw invalid(url, "'\(host)' is neither a name nor an IP address")
        }
        if rest.isEmpty { return (String(host), nil) }
        guard rest.hasPrefix(":"), let port = UInt16(rest.dropFirst()), port > 0 else {
            throw invalid(url, "'\(rest.dropFirst())' is not a port")
        }
        return (String(host), port)
    }

    /// Letters, digits, hyphens and dots (RFC 1123), and the underscore that some networks use.
    private static func isName(_ text: Substring) -> Bool {
        (1...253).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }

    private static func invalid(_ url: String, _ why: String) -> WebSocketError {
        WebSocketError(code: .invalidURL, message: "'\(url)' is not a usable WebSocket URL: \(why)")
    }

    /// What goes into the Host header.
    package var authority: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
