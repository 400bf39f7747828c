import JSON
import JobModel
import MailModel
import RegularExpressions

/// Which mail a `wait_for_mail` waits for, and what it takes out of it.
struct MailMatch: Sendable {
    /// What was found in a mail that fits.
    struct Finding: Sendable, Hashable {
        /// What the pattern found first, and its groups.
        var groups: [String] = []
        var link: String?

        /// The first group, or all the pattern found.
        var code: String? { groups.count > 1 ? groups[1] : groups.first }
    }

    /// More of a body is not looked at.
    private static let bodyLimit = 256 << 10

    /// An address, or `@domain`; in lower case.
    let from: String?
    let subject: String?
    let contains: String?
    let pattern: RegularExpression?
    let link: String?
    let attachment: NamePattern?

    /// Reads the members of the task.
    ///
    /// - Throws: `StepFailure` with `invalid_input`.
    init(_ task: ToDo) throws {
        if let text = try task.filledString("from") {
            from = (text.hasPrefix("@") ? text : try task.mailAddress(text, "from").address).lowercased()
        } else {
            from = nil
        }
        subject = try task.filledString("subject")?.lowercased()
        contains = try task.filledString("contains")?.lowercased()
        link = try task.filledString("link")?.lowercased()
        attachment = try task.filledString("attachment").map(NamePattern.init)
        pattern = try Self.pattern(task)
    }

    private static func pattern(_ task: ToDo) throws -> RegularExpression? {
        guard let text = try task.filledString("pattern") else { return nil }
        do throws(RegularExpressionError) {
            return try RegularExpression(text, for: .longTexts)
        } catch {
            throw task.invalid("has a 'pattern' that cannot be used, \(text.prefix(100)): \(error.message)")
        }
    }

    /// Whether the mail is worth a closer look: everything but pattern, links and attachments' names holds.
    func admits(_ mail: ReceivedMail) -> Bool {
        if let from {
            let sender = mail.from.lowercased()
            guard from.hasPrefix("@") ? sender.hasSuffix(from) : sender == from else { return false }
        }
        if let subject, !mail.subject.lowercased().contains(subject) { return false }
        if let contains, !mail.body.lowercased().contains(contains) { return false }
        return attachment == nil || mail.hasAttachments
    }

    /// What the pattern finds in a mail, nil when it finds nothing; empty without a pattern.
    ///
    /// - Throws: `RegularExpressionError` with `tooCostly`.
    func groups(in mail: ReceivedMail) throws(RegularExpressionError) -> [String]? {
        guard let pattern else { return [] }
        return try pattern.firstMatch(in: Array(Self.text(of: mail).utf8))?.groups
    }

    /// What is taken out of a mail in which the pattern found these groups; nil when it has no such link.
    func finding(_ groups: [String], in mail: ReceivedMail) -> Finding? {
        var finding = Finding(groups: groups)
        guard let link else { return finding }
        let found = mail.links.first { $0.url.lowercased().contains(link) || $0.text.lowercased().contains(link) }
        guard let found else { return nil }
        finding.link = found.url
        return finding
    }

    /// Subject and body: a code may stand in either.
    private static func text(of mail: ReceivedMail) -> String {
        "\(mail.subject)\n\(String(decoding: mail.body.utf8.prefix(bodyLimit), as: UTF8.self))"
    }
}
