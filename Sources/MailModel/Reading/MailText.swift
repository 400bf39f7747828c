/// Plain text out of HTML, as far as looking for words in it needs.
package enum MailText {
    private static let names: [Substring: String] = [
        "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": " ", "auml": "ä", "ouml": "ö", "uuml": "ü",
        "Auml": "Ä", "Ouml": "Ö", "Uuml": "Ü", "szlig": "ß", "euro": "€", "ndash": "–", "mdash": "—", "hellip": "…",
        "copy": "©", "reg": "®", "eacute": "é", "egrave": "è", "agrave": "à", "ccedil": "ç", "shy": "", "zwnj": "",
    ]

    /// The words of HTML: tags are gone, blocks are lines, entities are characters.
    package static func plain(html: String) -> String {
        var text = ""
        for token in HTMLScanner(html.utf8.makeIterator()) {
            switch token {
            case .text(let words): text += words
            case .tag(let tag): text += tag.separator
            }
        }
        return tidy(text)
    }

    /// `&amp;`, `&#8364;`, `&#x20AC;` as their characters; what is no entity stays.
    package static func decodingEntities(_ text: String) -> String {
        guard text.contains("&") else { return text }
        var result = ""
        var rest = Substring(text)
        while let start = rest.firstIndex(of: "&") {
            result += rest[..<start]
            rest = rest[start...]
            let body = rest.dropFirst().prefix(12).prefix { $0 != ";" && $0 != "&" }
            if rest[body.endIndex...].first == ";", let character = character(body) {
                result += character
                rest = rest[rest.index(after: body.endIndex)...]
            } else {
                result.append("&")
                rest = rest.dropFirst()
            }
        }
        return result + rest
    }

    /// Plain text as HTML that looks the same.
    package static func html(plain text: String) -> String {
        let escaped = text.unicodeScalars.reduce(into: "") { result, scalar in
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        let lines = escaped.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        return "<div>" + lines.joined(separator: "<br>") + "</div>"
    }

    /// HTML with a part put in front of everything its body has.
    package static func inserting(_ part: String, intoBodyOf html: String) -> String {
        guard let body = html.firstRange(ofASCII: "<body"), let end = html[body.upperBound...].firstIndex(of: ">")
        else {
            return part + html
        }
        let start = html.index(after: end)
        return html[..<start] + part + html[start...]
    }

    private static func character(_ entity: Substring) -> String? {
        guard entity.first == "#" else { return names[entity] }
        let digits = entity.dropFirst()
        let number =
            digits.first.map { "xX".contains($0) } == true ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
        return number.flatMap(Unicode.Scalar.init).map { String(Character($0)) }
    }

    /// Single spaces, no blank ends of lines, at most one empty line in a row.
    static func tidy(_ text: String) -> String {
        var lines: [String] = []
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            let words = line.split { $0.isWhitespace }.joined(separator: " ")
            if words.isEmpty, lines.last?.isEmpty ?? true { continue }
            lines.append(words)
        }
        while lines.last?.isEmpty == true { lines.removeLast() }
        return lines.joined(separator: "\n")
    }
}

extension StringProtocol {
    /// Where ASCII text occurs first, whatever its case.
    func firstRange(ofASCII wanted: String) -> Range<Index>? {
        let needle = Array(wanted.lowercased().utf8)
        guard let first = needle.first else { return nil }
        let view = utf8
        var start = view.startIndex
        while start < view.endIndex {
            if Self.lower(view[start]) == first {
                var position = start
                var matched = 0
                while matched < needle.count, position < view.endIndex, Self.lower(view[position]) == needle[matched] {
                    matched += 1
                    position = view.index(after: position)
                }
                if matched == needle.count { return start..<position }
            }
            start = view.index(after: start)
        }
        return nil
    }

    private static func lower(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte + 0x20 : byte }
}

extension String {
    /// Without white space at its ends.
    package var trimmed: String {
        guard let first = firstIndex(where: { !$0.isWhitespace }), let last = lastIndex(where: { !$0.isWhitespace })
        else {
            return ""
        }
        return String(self[first...last])
    }
}
