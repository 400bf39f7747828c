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
    func matches(_ message: StoredMessage) -> Bool {
        if property == "received" || property == "sent" {
            return matches(time: property == "sent" ? message.sent : message.received)
        }
        return fields(of: message).contains { $0.lowercased().contains(text) }
    }

    /// Days are written in the American way, `07/23/2018`, or as `2018-07-23`, with `>`, `>=`, `<`, `<=` before them.
    private func matches(time: Int64) -> Bool {
        let sign = text.prefix { "<>=".contains($0) }
        var day = String(text.dropFirst(sign.count))
        let parts = day.split(separator: "/")
        if parts.count == 3 {
            let padded = parts.map { $0.count == 1 ? "0" + $0 : String($0) }
            day = "\(padded[2])-\(padded[0])-\(padded[1])"
        }
        let actual = String(FixtureClock.rfc3339(time).prefix(day.count)).lowercased()
        switch sign {
        case ">": return actual > day
        case ">=": return actual >= day
        case "<": return actual < day
        case "<=": return actual <= day
        default: return actual == day
        }
    }

    private func fields(of message: StoredMessage) -> [String] {
        let from = Self.words(of: [message.from].compactMap(\.self))
        switch property {
        case nil: return [message.subject, message.body.content] + from
        case "subject": return [message.subject]
        case "body": return [message.body.content]
        case "from": return from
        case "to": return Self.words(of: message.to)
        case "cc": return Self.words(of: message.cc)
        case "bcc": return Self.words(of: message.bcc)
        case "recipients": return Self.words(of: message.to + message.cc + message.bcc)
        case "participants": return from + Self.words(of: message.to + message.cc + message.bcc)
        case "importance": return [message.importance]
        case "attachment": return message.attachments.map(\.name)
        case "hasattachments", "hasattachment": return [String(message.hasAttachments)]
        default: return []
        }
    }

    private static func words(of recipients: [StoredMessage.Recipient]) -> [String] {
        recipients.flatMap { [$0.name, $0.address] }
    }
}
