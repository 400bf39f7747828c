import JSON

/// What the text of a member must look like: without it no executor takes the task, whatever happens before.
///
/// Looser than what executors check, never stricter. Only what is written is held against it; what a template comes to is
/// seen when the task runs.
enum MemberForm: Sendable, Hashable {
    /// Mail addresses, at least one.
    case receivers
    /// Mail addresses.
    case copies
    /// The name of one of the job's files.
    case fileName
    /// An address with a scheme.
    case pageAddress

    /// The form of a member of an action; nil when its type says all.
    static func of(_ member: String, in action: Action) -> MemberForm? {
        switch (action, member) {
        case (.sendMail, "to"), (.forwardMail, "to"): .receivers
        case (.sendMail, "cc"), (.sendMail, "bcc"), (.sendMail, "reply_to"), (.replyMail, "cc"), (.replyMail, "bcc"),
            (.forwardMail, "cc"), (.forwardMail, "bcc"):
            .copies
        case (.readFile, "path"), (.writeFile, "path"), (.moveFile, "path"), (.moveFile, "to"), (.hashFile, "path"):
            .fileName
        case (.goto, "url"), (.download, "url"): .pageAddress
        default: nil
        }
    }

    /// What is wrong with one value, as the rest of a sentence about its member; nil when nothing is, or a template is in it.
    func problem(with value: JSONValue) -> String? {
        if let text = value.string, Template.isTemplate(text) { return nil }
        let shown = TaskReader.shown(value)
        switch self {
        case .receivers, .copies:
            guard value.string.map(Self.isMailAddress) != true else { return nil }
            return "must be a mail address such as anna@kunde.de, is \(shown); write several as an array"
        case .fileName:
            return value.string.flatMap(ArtifactName.problem(with:)).map {
                "must be the name of a file, \(shown) \($0); files are named inside the job, without directories"
            }
        case .pageAddress:
            guard value.string.map(Self.hasScheme) != true else { return nil }
            return "must be an absolute address such as https://example.com/, is \(shown)"
        }
    }

    /// `local@host`, or with a name before it in angle brackets.
    private static func isMailAddress(_ text: String) -> Bool {
        var address = Substring(text)
        if text.hasSuffix(">"), let open = text.lastIndex(of: "<") {
            address = text[text.index(after: open)...].dropLast()
        }
        let parts = address.split(separator: "@", omittingEmptySubsequences: false)
        return parts.count == 2 && !parts[0].isEmpty && parts[1].contains(".")
    }

    /// RFC 3986, 3.1.
    private static func hasScheme(_ text: String) -> Bool {
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else { return false }
        let scheme = text[..<colon]
        return scheme.first?.isLetter == true
            && scheme.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) }
    }
}
