/// The address a page may be sent to by a scenario: `http:`, `https:`, and `about:blank`.
///
/// What Chromium would make of odd spellings is not asked: they are refused. Where the address leads is the proxy's business.
package struct PageAddress: Sendable, Hashable {
    /// Nil for `about:blank`.
    package let host: HostName?
    package let port: Int

    /// Reads and checks an address.
    ///
    /// - Throws: `EgressDenial` with `scheme`, `userinfo`, `malformed_url` or `malformed_host`; it shows no path and no query.
    package init(_ text: String) throws(EgressDenial) {
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            throw EgressDenial(
                .malformedURL,
                "The address",
                "has spaces or control characters in it; encode them (%20)"
            )
        }
        guard text.lowercased() != "about:blank" else {
            host = nil
            port = 0
            return
        }
        let scheme = text.prefix { $0 != ":" }.lowercased()
        guard scheme == "http" || scheme == "https" else {
            let shown = text.contains(":") && scheme.count <= 20 ? "The scheme '\(scheme):'" : "The address"
            throw EgressDenial(.scheme, shown, "is not for pages; write http://…, https://… or about:blank")
        }
        let rest = text.dropFirst(scheme.count + 1)
        guard rest.hasPrefix("//") else {
            throw EgressDenial(.malformedURL, "The address", "has no // after '\(scheme):'")
        }
        let authority = rest.dropFirst(2).prefix { !"/?#".contains($0) }
        guard !authority.contains("\\") else {
            throw EgressDenial(.malformedURL, "The address", "has a backslash before its path")
        }
        guard !authority.contains("@") else {
            throw EgressDenial(
                .userinfo,
                "The address",
                "has a name or password in it; use browser.http_credentials of the scenario"
            )
        }
        (host, port) = try Self.split(authority, scheme == "https" ? 443 : 80)
    }

    private static func split(_ authority: Substring, _ usual: Int) throws(EgressDenial) -> (HostName?, Int) {
        var (host, port) = (authority, usual)
        let afterBrackets = authority.lastIndex(of: "]") ?? authority.startIndex
        if let colon = authority[afterBrackets...].lastIndex(of: ":") {
            host = authority[..<colon]
            let digits = authority[authority.index(after: colon)...]
            guard digits.isEmpty || digits.utf8.count <= 5, digits.allSatisfy({ $0.isASCII && $0.isNumber }) else {
                throw EgressDenial(.malformedURL, "The address", "has the port '\(digits.prefix(20))'")
            }
            if !digits.isEmpty { port = Int(digits) ?? 0 }
        }
        // Chromium turns names of other scripts into ASCII, and full-width digits into digits; the proxy sees what it made.
        guard host.utf8.allSatisfy({ $0 < 0x80 && $0 != UInt8(ascii: "%") }) else { return (nil, port) }
        guard let name = HostName(host) else {
            throw EgressDenial(.malformedHost, "The address", "has the host '\(host.prefix(80))', which is none")
        }
        return (name, port)
    }
}
