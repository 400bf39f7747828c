#if canImport(Glibc)
    import Glibc
#endif

/// Where a WebSocket client connects to.
///
/// Only plain `ws://` to an IP address: names are resolved by libwebsockets with a blocking call, which a loop cannot
/// afford, and nothing we talk to needs TLS.
package struct WebSocketAddress: Hashable, Sendable {
    /// IPv4 or IPv6 address without brackets.
    package var host: String
    /// TCP port.
    package var port: UInt16
    /// Path and query; begins with `/`.
    package var path: String

    /// Reads `ws://host[:port][/path]`; `localhost` is 127.0.0.1.
    ///
    /// - Throws: `WebSocketError` with `invalidURL`.
    package init(_ url: String) throws(WebSocketError) {
        let scheme = "ws://"
        guard url.lowercased().hasPrefix(scheme) else { throw Self.invalid(url, "it must begin with ws://") }
        let rest = url.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let target = rest[authority.endIndex...].prefix { $0 != "#" }
        guard target.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw Self.invalid(url, "the path holds bytes that must be percent-encoded")
        }
        path = target.hasPrefix("/") ? String(target) : "/" + target
        (host, port) = try Self.split(authority, of: url)
    }

    private static func split(_ authority: Substring, of url: String) throws(WebSocketError) -> (String, UInt16) {
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
        let address = host == "localhost" ? "127.0.0.1" : String(host)
        guard isIPAddress(address) else { throw invalid(url, "'\(host)' is not an IP address") }
        if rest.isEmpty { return (address, 80) }
        guard rest.hasPrefix(":"), let port = UInt16(rest.dropFirst()), port > 0 else {
            throw invalid(url, "'\(rest.dropFirst())' is not a port")
        }
        return (address, port)
    }

    private static func isIPAddress(_ text: String) -> Bool {
        var storage = in6_addr()
        return inet_pton(AF_INET, text, &storage) == 1 || inet_pton(AF_INET6, text, &storage) == 1
    }

    private static func invalid(_ url: String, _ why: String) -> WebSocketError {
        WebSocketError(code: .invalidURL, message: "'\(url)' is not a usable WebSocket URL: \(why)")
    }

    /// What goes into the Host header.
    package var authority: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
