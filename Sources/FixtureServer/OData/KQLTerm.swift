/// One condition of a `$search`: a word, or `property:word`; days and sizes compare.
struct KQLTerm: Sendable, Hashable {
    private static let textProperties: Set<String> = [
        "attachment", "bcc", "body", "cc", "from", "hasattachments", "hasattachment", "importance", "kind",
        "participants",
        "recipients", "subject", "to",
    ]
    private static let signs: Set<String> = [":", "=", "<", ">", "<=", ">=", "<>"]

    private let property: String?
    private let sign: String
    private let text: String
    /// Whether a word may go on behind the text: `Rechn*`.
    private let isPrefix: Bool

    /// - Throws: `GraphFailure` for what the service does not know.
    init(property: String?, sign: String, text: String) throws(GraphFailure) {
        self.property = property
        self.sign = sign
        isPrefix = text.count > 1 && text.hasSuffix("*")
        self.text = (isPrefix ? String(text.dropLast()) : text).lowercased()
        guard let property else {
            guard !text.hasPrefix("*") else {
                throw .badRequest("Syntax error: a word of the $search begins with '*'.")
            }
            return
        }
        guard Self.signs.contains(sign) else {
            throw .badRequest("Syntax error: '\(sign)' is not valid behind '\(property)' in the $search.")
        }
        guard !self.text.isEmpty else {
            throw .badRequest("Syntax error: there is nothing behind '\(property)\(sign)' in the $search.")
        }
        switch property {
        case "size":
            guard Int(self.text) != nil else { throw .badRequest("The size '\(text)' in the $search is no number.") }
        case "received", "sent":
            guard Self.day(self.text) != nil else { throw .badRequest("The day '\(text)' in the $search is none.") }
        case _ where Self.textProperties.contains(property):
            guard sign == ":" || sign == "=" || sign == "<>" else {
                throw .badRequest("The property '\(property)' in the $search cannot be compared by '\(sign)'.")
            }
        default: throw .badRequest("The property '\(property)' in the $search is not supported.")
        }
    }

    /// Whether a message has the words where they are looked for.
    func matches(_ message: StoredMessage) -> Bool {
        switch property {
        case "received": return matches(time: message.received)
        case "sent": return matches(time: message.sent)
        case "size": return compares(message.size, Int(text) ?? 0)
        default:
            let isThere = fields(of: message).contains {
                isPrefix ? hasWord($0.lowercased()) : $0.lowercased().contains(text)
            }
            return isThere != (sign == "<>")
        }
    }

    private func hasWord(_ field: String) -> Bool {
        field.hasPrefix(text) || field.split { !$0.isLetter && !$0.isNumber }.contains { $0.hasPrefix(text) }
    }

    /// Days are written in the American way, `07/23/2018`, or as `2018-07-23`, perhaps with a time.
    private static func day(_ text: String) -> String? {
        let parts = text.split(separator: "/")
        guard parts.count == 3 else {
            let numbers = text.prefix(10).split(separator: "-", omittingEmptySubsequences: false)
            let isDay = numbers.map(\.count) == [4, 2, 2] && numbers.allSatisfy { Int($0) != nil }
            return isDay ? text : nil
        }
        guard parts.allSatisfy({ Int($0) != nil }) else { return nil }
        let padded = parts.map { $0.count == 1 ? "0" + $0 : String($0) }
        return "\(padded[2])-\(padded[0])-\(padded[1])"
    }

    private func matches(time: Int64) -> Bool {
        guard let day = Self.day(text) else { return false }
        return compares(String(FixtureClock.rfc3339(time).prefix(day.count)).lowercased(), day)
    }

    private func compares<T: Comparable>(_ actual: T, _ wanted: T) -> Bool {
        switch sign {
        case ">": actual > wanted
        case ">=": actual >= wanted
        case "<": actual < wanted
        case "<=": actual <= wanted
        case "<>": actual != wanted
        default: actual == wanted
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
        case "kind": return ["email"]
        default: return []
        }
    }

    private static func words(of recipients: [StoredMessage.Recipient]) -> [String] {
        recipients.flatMap { [$0.name, $0.address] }
    }
}
