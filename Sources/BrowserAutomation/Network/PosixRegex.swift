import Glibc

/// A regular expression of addresses, run by the C library's automaton: its time is bounded by the text, whatever the
/// expression, because it may come from a job and runs on a loop others share.
///
/// Takes what scenarios need of ECMAScript's form: classes, `\d \w \s \b`, groups, repetition. Refuses look-around and back
/// references.
package final class PosixRegex: Sendable, Hashable {
    private static let longest = 1000
    /// Bound of all repetition counts multiplied: each copies its part of the automaton.
    private static let mostCopies = 1000

    private let source: String
    private let ignoresCase: Bool
    // regcomp(3) fills it once; regexec(3) may be called from any thread (POSIX, MT-Safe).
    nonisolated(unsafe) private let compiled: UnsafeMutablePointer<regex_t>

    /// Reads `/source/` or `/source/i`; nil when it is not of that form.
    convenience init?(slashed text: String) throws(BrowserError) {
        guard text.count > 2, text.first == "/", let end = text.lastIndex(of: "/"), end > text.startIndex else {
            return nil
        }
        let flags = text[text.index(after: end)...]
        guard flags.isEmpty || flags == "i" else { return nil }
        try self.init(String(text[text.index(after: text.startIndex)..<end]), ignoresCase: flags == "i")
    }

    /// - Throws: `BrowserError` with `invalidInput`.
    package init(_ source: String, ignoresCase: Bool = false) throws(BrowserError) {
        self.source = source
        self.ignoresCase = ignoresCase
        guard source.utf8.count <= Self.longest else {
            throw BrowserError(.invalidInput, "The regular expression /\(source.prefix(40))…/ is too long")
        }
        compiled = try Self.compile(try Self.translated(source), of: source, ignoresCase: ignoresCase)
    }

    private static func compile(
        _ posix: String,
        of source: String,
        ignoresCase: Bool
    ) throws(BrowserError) -> UnsafeMutablePointer<regex_t> {
        let compiled = UnsafeMutablePointer<regex_t>.allocate(capacity: 1)
        let code = regcomp(compiled, posix, REG_EXTENDED | (ignoresCase ? REG_ICASE : 0))
        guard code != 0 else { return compiled }
        var words = [CChar](repeating: 0, count: 120)
        regerror(code, compiled, &words, words.count)
        compiled.deallocate()
        let reason = String(decoding: words.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        throw BrowserError(.invalidInput, "/\(source)/ is no regular expression: \(reason)")
    }

    deinit {
        regfree(compiled)
        compiled.deallocate()
    }

    /// Whether it occurs in the text.
    package func finds(in text: String) -> Bool { regexec(compiled, text, 0, nil, 0) == 0 }

    package static func == (lhs: PosixRegex, rhs: PosixRegex) -> Bool {
        lhs.source == rhs.source && lhs.ignoresCase == rhs.ignoresCase
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(source) }

    // MARK: ECMAScript's form → POSIX extended

    private static func translated(_ source: String) throws(BrowserError) -> String {
        var result = ""
        var rest = source[...]
        var isInClass = false
        var copies = 1
        func refuse(_ what: String) -> BrowserError {
            BrowserError(.invalidInput, "/\(source)/ has \(what), which expressions cannot have here")
        }
        while let character = rest.popFirst() {
            switch character {
            case "\\":
                guard let escaped = rest.popFirst() else { throw refuse("a backslash at its end") }
                if escaped.isNumber { throw refuse("a back reference") }
                result += isInClass ? inClass(escaped) : outsideClass(escaped)
            case "[" where !isInClass:
                isInClass = true
                result.append("[")
                if rest.first == "^" { result.append(rest.removeFirst()) }
            case "]" where isInClass:
                isInClass = false
                result.append("]")
            case "(" where !isInClass && rest.first == "?":
                guard rest.hasPrefix("?:") else { throw refuse("look-around or a named group") }
                rest.removeFirst(2)
                result.append("(")
            case "?" where !isInClass && (result.hasSuffix("*") || result.hasSuffix("+")):
                // Whether it occurs does not depend on greed.
                continue
            case "{" where !isInClass:
                let counts = rest.prefix { $0 != "}" }.split(separator: ",").compactMap { Int($0) }
                copies = copies.multipliedReportingOverflow(by: max(1, counts.max() ?? 1)).partialValue
                guard (1...mostCopies).contains(copies) else { throw refuse("too many repetitions") }
                result.append("{")
            default: result.append(character)
            }
        }
        return result
    }

    private static func outsideClass(_ escaped: Character) -> String {
        switch escaped {
        case "d": "[0-9]"
        case "D": "[^0-9]"
        case "/", "-", "\"", "'", ":", "=", "&", "%", "#", "@", "~", "!", ",", ";": String(escaped)
        default: "\\\(escaped)"
        }
    }

    private static func inClass(_ escaped: Character) -> String {
        switch escaped {
        case "d": "0-9"
        case "w": "[:alnum:]_"
        case "s": "[:space:]"
        default: String(escaped)
        }
    }
}
