import Cryptography
import JSON

/// Mail addresses in what was recorded: which there are, and whether a certain one is among them.
///
/// They are seen as pages, links and scenarios write them, too: `anna%40kunde.example`, `anna&#64;kunde.example`, and text in a
/// member `base64`.
enum NamedAddresses {
    /// Endings a file may have that is named after an address; no domain ends in one of them.
    private static let fileEndings = ["pdf", "json", "txt", "csv", "eml", "html", "png"]

    /// Mail addresses in the texts of a value, however they are written, in lower case.
    static func found(in value: JSONValue) -> Set<String> {
        var found: Set<String> = []
        eachText(of: value) { text in
            for form in SpelledText.forms(of: text) {
                words(of: form, into: &found)
                inside(form, into: &found)
            }
        }
        return found
    }

    /// Those that stand there as words, as they are. Every program that sealed records noted them, so one that is not noted any
    /// more was taken out; this must not come to find more.
    static func words(in value: JSONValue) -> Set<String> {
        var found: Set<String> = []
        eachWrittenText(of: value) { words(of: $0, into: &found) }
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
        SpelledText.forms(of: text).contains { stands(address.lowercased(), in: $0.lowercased()) }
    }

    /// Whether anything in a value may be an address: what is kept for good must not be.
    static func mayStand(in value: JSONValue) -> Bool {
        var may = false
        eachText(of: value) { text in if !may { may = mayStand(in: text) } }
        return may
    }

    /// Whether anything in a text may be an address.
    static func mayStand(in text: String) -> Bool { SpelledText.forms(of: text).contains { $0.contains("@") } }

    /// A piece of what stands before the `@` and one of what stands behind it, such as every spelling leaves alone: letters and
    /// digits of ASCII, whose lower case SQLite knows.
    static func plainParts(of address: String) -> (local: String, domain: String) {
        func longest(_ text: Substring) -> String {
            let parts = text.split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
            return parts.max { $0.count < $1.count }.map(String.init) ?? ""
        }
        let halves = address.lowercased().split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        return (longest(halves[0]), halves.count > 1 ? longest(halves[1]) : "")
    }

    // MARK: Texts

    /// Texts and names of a value, and what is written in base64.
    private static func eachText(of value: JSONValue, _ body: (String) -> Void) {
        eachWrittenText(of: value, body)
        eachEncodedText(of: value, body)
    }

    private static func eachWrittenText(of value: JSONValue, _ body: (String) -> Void) {
        switch value {
        case .string(let text): body(text)
        case .array(let elements): for element in elements { eachWrittenText(of: element, body) }
        case .object(let object):
            for (name, value) in object {
                body(name)
                eachWrittenText(of: value, body)
            }
        default: break
        }
    }

    private static func eachEncodedText(of value: JSONValue, _ body: (String) -> Void) {
        switch value {
        case .array(let elements): for element in elements { eachEncodedText(of: element, body) }
        case .object(let object):
            for (name, value) in object {
                if name == "base64", let encoded = value.string {
                    if let bytes = try? Base64.decode(encoded) { body(String(decoding: bytes, as: UTF8.self)) }
                } else {
                    eachEncodedText(of: value, body)
                }
            }
        default: break
        }
    }

    // MARK: Addresses

    private static func stands(_ address: String, in text: String) -> Bool {
        text.ranges(of: address).contains { range in
            let before = text[..<range.lowerBound].last
            let after = text[range.upperBound...]
            let isLonger = after.first == "-" || after.first.map { $0.isLetter || $0.isNumber } ?? false
            let isFile = after.first == "." && fileEndings.contains { after.dropFirst().hasPrefix($0) }
            let goesOn = after.first == "." && (after.dropFirst().first?.isLetter ?? false) && !isFile
            return !isLonger && !goesOn && !(before.map(isOfName) ?? false)
        }
    }

    private static func isOfName(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || "._%+-".contains(character)
    }

    private static func words(of text: String, into found: inout Set<String>) {
        guard text.utf8.contains(UInt8(ascii: "@")) else { return }
        for word in text.split(whereSeparator: { $0.isWhitespace || "\\\"<>,;()[]{}:".contains($0) }) {
            let word = trimmed(word)
            let parts = word.split(separator: "@", omittingEmptySubsequences: false)
            if parts.count == 2, !parts[0].isEmpty, parts[1].contains(".") { found.insert(word.lowercased()) }
        }
    }

    /// Addresses inside of words: `?mail=anna@kunde.example&page=2`, `anna@kunde.example.pdf`.
    private static func inside(_ text: String, into found: inout Set<String>) {
        guard text.utf8.contains(UInt8(ascii: "@")) else { return }
        for place in text.indices where text[place] == "@" {
            let reversed = text[..<place].reversed().prefix { isOfName($0) || $0 == "'" }
            let name = String(String(reversed).reversed()).drop { "'.".contains($0) }
            let rest = text[text.index(after: place)...].prefix { $0.isLetter || $0.isNumber || "-.".contains($0) }
            var domain = rest[...]
            while let last = domain.last, "-.".contains(last) { domain.removeLast() }
            guard !name.isEmpty, domain.contains(".") else { continue }
            let address = "\(name)@\(domain)".lowercased()
            found.insert(address)
            for ending in fileEndings where address.hasSuffix("." + ending) {
                found.insert(String(address.dropLast(ending.count + 1)))
            }
        }
    }

    /// Without the marks of a sentence around it.
    private static func trimmed(_ word: Substring) -> Substring {
        let start = word.drop { "'.".contains($0) }
        let length = start.reversed().drop { "'.".contains($0) }.count
        return start.prefix(length)
    }
}
