import JSON

/// One condition of a `$search`: words, or `property:words`. Conditions are joined by AND.
struct KQLTerm: Sendable, Hashable {
    let property: String?
    let text: String

    /// Reads the value of `$search`, which must stand in double quotes.
    static func parse(_ value: String) throws(GraphFailure) -> [KQLTerm] {
        guard value.count >= 2, value.first == "\"", value.last == "\"" else {
            let position = value.firstIndex(of: ":").map { value.distance(from: value.startIndex, to: $0) } ?? 0
            throw .badRequest("Syntax error: character ':' is not valid at position \(position) in '\(value)'.")
        }
        return words(String(value.dropFirst().dropLast())).compactMap { word in
            guard word.uppercased() != "AND" else { return nil }
            let parts = word.split(separator: ":", maxSplits: 1)
            return parts.count == 2
                ? KQLTerm(property: parts[0].lowercased(), text: parts[1].lowercased())
                : KQLTerm(property: nil, text: word.lowercased())
        }
    }

    /// Splits at spaces, but not inside `\"…\"`.
    private static func words(_ text: String) -> [String] {
        var words: [String] = []
        var word = ""
        var isQuoted = false
        var isEscaped = false
        for character in text {
            if isEscaped {
                if character == "\"" { isQuoted.toggle() } else { word.append(character) }
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character == " ", !isQuoted {
                words.append(word)
                word = ""
            } else {
                word.append(character)
            }
        }
        return (words + [word]).filter { !$0.isEmpty }
    }

    /// Whether a message has the words where they are looked for.
    func matches(_ message: JSONObject) -> Bool {
        fields(of: message).contains { $0.lowercased().contains(text) }
    }

    private func fields(of message: JSONObject) -> [String] {
        let message = JSONValue.object(message)
        let subject = [message["subject"]?.string ?? ""]
        let body = [message["body"]?["content"]?.string ?? ""]
        let from = Self.addresses([message["from"] ?? .null])
        let recipients = ["toRecipients", "ccRecipients", "bccRecipients"].map {
            Self.addresses(message[$0]?.array ?? [])
        }
        switch property {
        case nil: return subject + body + from
        case "subject": return subject
        case "body": return body
        case "from": return from
        case "to": return recipients[0]
        case "cc": return recipients[1]
        case "bcc": return recipients[2]
        case "recipients": return recipients.flatMap(\.self)
        case "participants": return from + recipients.flatMap(\.self)
        case "hasattachments", "hasattachment": return [String(message["hasAttachments"]?.bool ?? false)]
        default: return []
        }
    }

    private static func addresses(_ recipients: [JSONValue]) -> [String] {
        recipients.flatMap { recipient in
            let address = recipient["emailAddress"]
            return [address?["name"]?.string, address?["address"]?.string].compactMap(\.self)
        }
    }
}
