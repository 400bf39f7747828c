import MailModel

/// The `query` of a `search_mail` as IMAP's search keys (RFC 9051 §6.4.4): words, and `property:words`, all of which must hold.
///
/// What IMAP cannot be asked is refused with the reason, never left out: a search that ignores half of its words finds what
/// nobody looked for.
enum SearchQuery {
    private static let keys = [
        "subject": "SUBJECT", "from": "FROM", "to": "TO", "cc": "CC", "bcc": "BCC", "body": "BODY",
    ]
    /// Properties that compare days.
    private static let days = ["received": "", "sent": "SENT"]

    /// - Throws: `MailError` with `invalidInput`.
    static func criteria(_ text: String) throws(MailError) -> String {
        guard text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw refusal(
                text,
                "has letters beyond ASCII, which IMAP's full-text search takes nowhere: look by 'subject'"
            )
        }
        var criteria: [String] = []
        for term in try terms(text) where term.text.uppercased() != "AND" || term.isQuoted {
            criteria.append(try key(term, of: text))
        }
        guard !criteria.isEmpty else { throw refusal(text, "has no words") }
        return criteria.joined(separator: " ")
    }

    // MARK: Terms

    /// `subject:`, `received>=` or nothing, and then words.
    private struct Term {
        var property = ""
        var sign = ""
        var text = ""
        var isQuoted = false
    }

    private static func terms(_ query: String) throws(MailError) -> [Term] {
        var terms: [Term] = []
        var term = Term()
        var isWithin = false
        for character in query {
            switch character {
            case "\"":
                isWithin.toggle()
                term.isQuoted = true
            case " " where !isWithin:
                terms.append(term)
                term = Term()
            case "(" where !isWithin, ")" where !isWithin:
                throw refusal(query, "has parentheses; IMAP takes words that must all hold")
            case ":" where !isWithin && term.sign.isEmpty && !term.isQuoted,
                "<" where !isWithin && term.sign.isEmpty && !term.isQuoted,
                ">" where !isWithin && term.sign.isEmpty && !term.isQuoted,
                "=" where !isWithin && term.sign.isEmpty && !term.isQuoted:
                term.property = term.text.lowercased()
                term.sign = String(character)
                term.text = ""
            case "=" where !isWithin && term.text.isEmpty && (term.sign == ">" || term.sign == "<"): term.sign += "="
            default: term.text.append(character)
            }
        }
        guard !isWithin else { throw refusal(query, "has a quote that is not closed") }
        return (terms + [term]).filter { !$0.text.isEmpty || !$0.sign.isEmpty }
    }

    private static func key(_ term: Term, of query: String) throws(MailError) -> String {
        guard !term.sign.isEmpty else {
            guard term.isQuoted || !["OR", "NOT", "NEAR"].contains(term.text.uppercased()) else {
                throw refusal(query, "has \(term.text); IMAP takes words that must all hold")
            }
            guard !term.text.hasSuffix("*") else {
                throw refusal(query, "has a *; IMAP finds parts of words by itself")
            }
            return "TEXT \(MailStore.quoted(term.text))"
        }
        guard !term.text.isEmpty else { throw refusal(query, "has nothing behind '\(term.property)\(term.sign)'") }
        if term.sign == ":", let key = keys[term.property] { return "\(key) \(MailStore.quoted(term.text))" }
        if let prefix = days[term.property] { return prefix + (try day(term, of: query)) }
        throw refusal(
            query,
            "asks for '\(term.property)\(term.sign)'; IMAP can be asked for \(keys.keys.sorted().map { $0 + ":" }.joined(separator: ", ")), "
                + "received>= and received<. Put text that has a sign in it into quotes"
        )
    }

    private static func day(_ term: Term, of query: String) throws(MailError) -> String {
        guard let day = IMAPDate.day(term.text) else {
            throw refusal(query, "has no day such as 2026-11-20 behind '\(term.property)\(term.sign)'")
        }
        switch term.sign {
        case ">=": return "SINCE \(day)"
        case "<": return "BEFORE \(day)"
        case ":", "=": return "ON \(day)"
        default: throw refusal(query, "compares days by \(term.sign); write >=, < or :")
        }
    }

    private static func refusal(_ query: String, _ reason: String) -> MailError {
        MailError(.invalidInput, "The search query \(reason): \(query.prefix(200))")
    }
}
