/// A link of a mail: where it leads, and the words it stands behind.
package struct MailLink: Sendable, Hashable {
    package var url: String
    /// Empty when the address itself stands in the text.
    package var text: String

    /// Links of one mail at most.
    static let most = 500
    /// More of a body is not looked at, in bytes.
    static let bodyLimit = 2 << 20

    /// The http and https links of HTML, in order, and the addresses in its text.
    package static func find(html: String) -> [MailLink] {
        var finder = MailLinkFinder()
        for token in HTMLScanner(html.utf8.prefix(bodyLimit).makeIterator(), keeping: ["href", "alt"]) {
            finder.take(token)
            if finder.isFull { break }
        }
        return finder.finish()
    }

    /// The http and https addresses within plain text.
    package static func find(text: String) -> [MailLink] {
        let text = String(decoding: text.utf8.prefix(bodyLimit), as: UTF8.self)
        var links: [MailLink] = []
        for word in text.split(whereSeparator: { $0.isWhitespace || "<>\"()[]".contains($0) }) where links.count < most
        {
            var url = word
            while let last = url.last, ".,;:!?'".contains(last) { url.removeLast() }
            if isWeb(String(url)) { links.append(MailLink(url: String(url), text: "")) }
        }
        return links
    }

    /// Whether it is an http or https address, one that leads somewhere.
    static func isWeb(_ url: String) -> Bool {
        let lower = url.prefix(8).lowercased()
        guard let scheme = ["http://", "https://"].first(where: { lower.hasPrefix($0) }),
            url.utf8.count > scheme.utf8.count
        else { return false }
        return url.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value != 0x7F }
    }
}
