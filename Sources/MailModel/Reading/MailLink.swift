/// A link of a mail: where it leads, and the words it stands behind.
package struct MailLink: Sendable, Hashable {
    package var url: String
    package var text: String

    private static let most = 500

    /// The http and https links of HTML, in order.
    package static func find(html: String) -> [MailLink] {
        var links: [MailLink] = []
        var rest = Substring(html)
        while links.count < most, let start = rest.firstRange(ofASCII: "<a") {
            rest = rest[start.upperBound...]
            guard let first = rest.first, first.isWhitespace, let end = rest.firstIndex(of: ">") else { continue }
            let attributes = rest[..<end]
            rest = rest[rest.index(after: end)...]
            let close = rest.firstRange(ofASCII: "</a")?.lowerBound ?? rest.endIndex
            guard let url = href(attributes), isWeb(url) else { continue }
            links.append(MailLink(url: url, text: MailText.plain(html: String(rest[..<close]))))
        }
        return links
    }

    /// The http and https addresses within plain text.
    package static func find(text: String) -> [MailLink] {
        var links: [MailLink] = []
        for word in text.split(whereSeparator: { $0.isWhitespace || "<>\"()[]".contains($0) }) where links.count < most
        {
            var url = word
            while let last = url.last, ".,;:!?'".contains(last) { url.removeLast() }
            if isWeb(String(url)) { links.append(MailLink(url: String(url), text: "")) }
        }
        return links
    }

    private static func isWeb(_ url: String) -> Bool {
        let lower = url.prefix(8).lowercased()
        return (lower.hasPrefix("http://") || lower == "https://")
            && url.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value != 0x7F }
    }

    private static func href(_ attributes: Substring) -> String? {
        guard let name = attributes.firstRange(ofASCII: "href") else { return nil }
        var rest = attributes[name.upperBound...].drop(while: \.isWhitespace)
        guard rest.popFirst() == "=" else { return nil }
        rest = rest.drop(while: \.isWhitespace)
        let value: Substring
        if let quote = rest.first, quote == "\"" || quote == "'" {
            value = rest.dropFirst().prefix { $0 != quote }
        } else {
            value = rest.prefix { !$0.isWhitespace }
        }
        return MailText.decodingEntities(String(value)).trimmed
    }
}
