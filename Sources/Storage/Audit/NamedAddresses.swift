import JSON

/// Mail addresses in what was recorded: which there are, and whether a certain one is among them.
enum NamedAddresses {
    /// Endings a file may have that is named after an address; no domain ends in one of them.
    private static let fileEndings = ["pdf", "json", "txt", "csv", "eml", "html", "png"]

    /// Mail addresses in the texts of a value, in lower case.
    static func found(in value: JSONValue) -> Set<String> {
        var found: Set<String> = []
        eachText(of: value) { text in
            for word in text.split(whereSeparator: { $0.isWhitespace || "\\\"<>,;()[]{}:".contains($0) }) {
                let word = trimmed(word)
                let parts = word.split(separator: "@", omittingEmptySubsequences: false)
                if parts.count == 2, !parts[0].isEmpty, parts[1].contains(".") { found.insert(word.lowercased()) }
            }
        }
        return found
    }

    /// Whether a text of the value, or a name in it, holds the address, and not one that only ends or begins like it.
    static func hold(_ address: String, in value: JSONValue) -> Bool {
        var holds = false
        eachText(of: value) { text in if !holds { holds = hold(address, in: text) } }
        return holds
    }

    /// Whether a text holds the address, whatever its case.
    static func hold(_ address: String, in text: String) -> Bool {
        let text = text.lowercased()
        return text.ranges(of: address.lowercased()).contains { range in
            let before = text[..<range.lowerBound].last
            let after = text[range.upperBound...]
            let isLonger = after.first == "-" || after.first.map { $0.isLetter || $0.isNumber } ?? false
            let isFile = after.first == "." && fileEndings.contains { after.dropFirst().hasPrefix($0) }
            let goesOn = after.first == "." && (after.dropFirst().first?.isLetter ?? false) && !isFile
            let isTail = before.map { $0.isLetter || $0.isNumber || "._%+-".contains($0) } ?? false
            return !isLonger && !goesOn && !isTail
        }
    }

    /// A part of the address whose letters have one lower case everywhere: SQLite knows those of ASCII alone.
    static func asciiPart(of address: String) -> String {
        let parts = address.lowercased().split(whereSeparator: { !$0.isASCII })
        return parts.max { $0.count < $1.count }.map(String.init) ?? ""
    }

    private static func eachText(of value: JSONValue, _ body: (String) -> Void) {
        switch value {
        case .string(let text): body(text)
        case .array(let elements): for element in elements { eachText(of: element, body) }
        case .object(let object):
            for (name, value) in object {
                body(name)
                eachText(of: value, body)
            }
        default: break
        }
    }

    /// Without the marks of a sentence around it.
    private static func trimmed(_ word: Substring) -> Substring {
        let start = word.drop { "'.".contains($0) }
        let length = start.reversed().drop { "'.".contains($0) }.count
        return start.prefix(length)
    }
}
