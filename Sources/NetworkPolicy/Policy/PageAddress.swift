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
        // By bytes: every address of every job comes through here, and what counts in one is ASCII.
        let bytes = text.utf8
        guard bytes.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            throw EgressDenial(
                .malformedURL,
                "The address",
                "has spaces or control characters in it; encode them (%20)"
            )
        }
        guard !Self.isSame(bytes, "about:blank") else {
            host = nil
            port = 0
            return
        }
        let scheme = bytes.prefix { $0 != UInt8(ascii: ":") }
        guard Self.isSame(scheme, "http") || Self.isSame(scheme, "https") else {
            let name = Substring(scheme).lowercased()
            let shown = scheme.endIndex < bytes.endIndex && name.count <= 20 ? "The scheme '\(name):'" : "The address"
            throw EgressDenial(.scheme, shown, "is not for pages; write http://…, https://… or about:blank")
        }
        let rest = bytes[scheme.endIndex...].dropFirst()
        guard rest.starts(with: "//".utf8) else {
            throw EgressDenial(.malformedURL, "The address", "has no // after '\(Substring(scheme).lowercased()):'")
        }
        let authority = rest.dropFirst(2).prefix { !"/?#".utf8.contains($0) }
        guard !authority.contains(UInt8(ascii: "\\")) else {
            throw EgressDenial(.malformedURL, "The address", "has a backslash before its path")
        }
        guard !authority.contains(UInt8(ascii: "@")) else {
            throw EgressDenial(
                .userinfo,
                "The address",
                "has a name or password in it; use browser.http_credentials of the scenario"
            )
        }
        (host, port) = try Self.split(authority, scheme.count == 5 ? 443 : 80)
    }

    private static func split(
        _ authority: Substring.UTF8View,
        _ usual: Int
    ) throws(EgressDenial) -> (HostName?, Int) {
        var (host, port) = (authority, usual)
        let afterBrackets = authority.lastIndex(of: UInt8(ascii: "]")) ?? authority.startIndex
        if let colon = authority[afterBrackets...].lastIndex(of: UInt8(ascii: ":")) {
            host = authority[..<colon]
            let digits = authority[colon...].dropFirst()
            guard digits.count <= 5, digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
                throw EgressDenial(.malformedURL, "The address", "has the port '\(Substring(digits).prefix(20))'")
            }
            if !digits.isEmpty { port = Int(Substring(digits)) ?? 0 }
        }
        // Chromium turns names of other scripts into ASCII, and full-width digits into digits; the proxy sees what it made.
        guard host.allSatisfy({ $0 < 0x80 && $0 != UInt8(ascii: "%") }) else { return (nil, port) }
        guard let name = HostName(Substring(host)) else {
            let shown = Substring(host).prefix(80)
            throw EgressDenial(.malformedHost, "The address", "has the host '\(shown)', which is none")
        }
        return (name, port)
    }

    /// Whether it is this word in lower case, however it is written.
    private static func isSame(_ bytes: some Sequence<UInt8>, _ word: StaticString) -> Bool {
        word.withUTF8Buffer { word in
            bytes.elementsEqual(word) { (0x41...0x5A).contains($0) ? $0 | 0x20 == $1 : $0 == $1 }
        }
    }
}
