import MailModel

extension MailQuery {
    /// Properties the service's search knows (Microsoft Graph, "Use the $search query parameter", message).
    private static let searchable: Set<String> = [
        "attachment", "bcc", "body", "cc", "from", "hasattachments", "importance", "kind", "participants", "received",
        "recipients", "sent", "size", "subject", "to",
    ]

    /// The `$filter`; the ordered property comes first, as the service demands.
    ///
    /// Subject and receiver are not in it: `contains` and collections together with an order are refused as inefficient.
    var filter: String {
        var parts = ["receivedDateTime ge \(since ?? "1900-01-01T00:00:00Z")"]
        if let until { parts.append("receivedDateTime lt \(until)") }
        if unreadOnly { parts.append("isRead eq false") }
        if let from { parts.append("from/emailAddress/address eq \(URLText.literal(from))") }
        if let hasAttachments { parts.append("hasAttachments eq \(hasAttachments)") }
        return parts.joined(separator: " and ")
    }

    /// The value of `$search`: in quotes as a whole, quotes and backslashes inside are escaped.
    ///
    /// - Throws: `MailError` with `invalidInput` for what the service would refuse, with the reason.
    func searchValue(_ text: String) throws(MailError) -> String {
        if unreadOnly || since != nil || until != nil || from != nil || to != nil || subject != nil
            || hasAttachments != nil
        {
            throw MailError(
                .invalidInput,
                "A full-text search cannot be combined with other conditions, the service refuses it: write them into the "
                    + "query, such as from:anna received>=2026-11-20."
            )
        }
        guard !text.trimmed.isEmpty else { throw MailError(.invalidInput, "The search query is empty.") }
        guard text.count(where: { $0 == "\"" }).isMultiple(of: 2) else {
            throw MailError(.invalidInput, "The search query has a quote that is not closed: \(text)")
        }
        if let name = Self.properties(in: text).first(where: { !Self.searchable.contains($0.lowercased()) }) {
            throw MailError(
                .invalidInput,
                "The service's search knows no property '\(name)'; it knows \(Self.searchable.sorted().joined(separator: ", "))."
                    + " Put text that has a colon in it into quotes."
            )
        }
        let escaped = text.reduce(into: "") { result, character in
            if character == "\"" || character == "\\" { result.append("\\") }
            result.append(character)
        }
        return "\"\(escaped)\""
    }

    /// The words in front of a colon, outside of quotes.
    private static func properties(in query: String) -> [String] {
        var names: [String] = []
        var isQuoted = false
        var word = ""
        for character in query {
            if character == "\"" { isQuoted.toggle() }
            if !isQuoted, character == ":" { names.append(word) }
            word = character.isLetter || character.isNumber ? word + String(character) : ""
        }
        return names.filter { !$0.isEmpty }
    }
}
