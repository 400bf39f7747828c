import Cryptography

/// A part of a MIME message, or the whole: headers and what is behind them (RFC 2045, RFC 5322).
struct MIMEPart: Sendable {
    /// In the order sent, unfolded, words not decoded.
    let headers: [(name: String, value: String)]
    private let content: ArraySlice<UInt8>

    private static let lineFeed = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")

    /// Reads headers up to the first empty line.
    init(_ bytes: ArraySlice<UInt8>) {
        var headers: [(name: String, value: String)] = []
        var rest = bytes
        while !rest.isEmpty {
            let line = rest.prefix { $0 != Self.lineFeed }
            rest = rest.dropFirst(line.count + 1)
            let text = String(decoding: line.last == Self.carriageReturn ? line.dropLast() : line, as: UTF8.self)
            if text.isEmpty { break }
            if text.first == " " || text.first == "\t" {
                if let last = headers.indices.last {
                    headers[last].value += " " + text.drop { $0 == " " || $0 == "\t" }
                }
            } else if let colon = text.firstIndex(of: ":") {
                let value = text[text.index(after: colon)...].drop { $0 == " " }
                headers.append((String(text[..<colon]), String(value)))
            }
        }
        self.headers = headers
        content = rest
    }

    /// The first header of that name.
    func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    /// A header's value and its parameters, `text/plain; charset=utf-8`; names in lower case.
    func parameters(of name: String) -> (value: String, parameters: [String: String]) {
        let pieces = Self.split(header(name) ?? "", at: ";")
        var parameters: [String: String] = [:]
        for piece in pieces.dropFirst() {
            let halves = piece.split(separator: "=", maxSplits: 1)
            guard halves.count == 2 else { continue }
            let key = String(halves[0].filter { !$0.isWhitespace }).lowercased()
            var value = halves[1].drop { $0 == " " }
            while value.last == " " { value.removeLast() }
            if value.hasPrefix("\""), value.hasSuffix("\""), value.count > 1 { value = value.dropFirst().dropLast() }
            parameters[key] = String(value)
        }
        return ((pieces.first ?? "").filter { !$0.isWhitespace }.lowercased(), parameters)
    }

    private static func split(_ text: String, at separator: Character) -> [String] {
        var pieces = [""]
        var isQuoted = false
        for character in text {
            if character == "\"" { isQuoted.toggle() }
            if character == separator, !isQuoted {
                pieces.append("")
            } else {
                pieces[pieces.count - 1].append(character)
            }
        }
        return pieces
    }

    /// The type in lower case, `text/plain` when none is given.
    var contentType: String {
        let type = parameters(of: "Content-Type").value
        return type.isEmpty ? "text/plain" : type
    }

    /// The name of the file it is, nil when it has none.
    var fileName: String? {
        let disposition = parameters(of: "Content-Disposition").parameters
        if let encoded = disposition["filename*"], let quote = encoded.firstRange(of: "''") {
            return MIMEText.percentDecoded(encoded[quote.upperBound...])
        }
        let name = disposition["filename"] ?? parameters(of: "Content-Type").parameters["name"]
        return name.map(MIMEText.decodedWords)
    }

    /// Its bytes, the transfer encoding taken off.
    var bytes: [UInt8] {
        switch header("Content-Transfer-Encoding")?.lowercased().filter({ !$0.isWhitespace }) {
        case "base64":
            let text = String(decoding: content, as: UTF8.self).filter { !$0.isWhitespace }
            return (try? Base64.decode(text)) ?? []
        case "quoted-printable": return MIMEText.unquoted(content)
        default: return Array(content)
        }
    }

    /// Its text, by its charset.
    var text: String {
        MIMEText.string(bytes, charset: parameters(of: "Content-Type").parameters["charset"] ?? "utf-8")
    }

    /// The parts of a multipart; none for any other.
    var parts: [MIMEPart] {
        let type = parameters(of: "Content-Type")
        guard type.value.hasPrefix("multipart/"), let boundary = type.parameters["boundary"], !boundary.isEmpty else {
            return []
        }
        let delimiter = Array("--\(boundary)".utf8)
        var parts: [MIMEPart] = []
        var start: Int?
        var position = content.startIndex
        while position < content.endIndex {
            let line = content[position...].prefix { $0 != Self.lineFeed }
            let next = min(position + line.count + 1, content.endIndex)
            if line.starts(with: delimiter) {
                if let start {
                    // The line end before a delimiter belongs to the delimiter.
                    var end = position
                    if end > start, content[end - 1] == Self.lineFeed { end -= 1 }
                    if end > start, content[end - 1] == Self.carriageReturn { end -= 1 }
                    parts.append(MIMEPart(content[start..<end]))
                }
                start = line.dropFirst(delimiter.count).starts(with: [0x2D, 0x2D]) ? nil : next
            }
            position = next
        }
        return parts
    }
}
