import JSON
import JobModel
import MailModel

extension ToDo {
    /// The mailbox the task names, or the configured one.
    func mailbox(_ configured: String?) throws(StepFailure) -> String {
        if try plainText("mailbox")?.trimmed.isEmpty == true {
            throw invalid("has nothing in 'mailbox': give it an address, or leave it out for the configured sender")
        }
        guard let mailbox = try plainText("mailbox") ?? configured, !mailbox.isEmpty else {
            throw invalid("needs 'mailbox', because no sender is configured (CPA_GRAPH_MAILBOX)")
        }
        // A user id is a GUID, which is no address.
        if mailbox.count == 36, mailbox.allSatisfy({ $0.isHexDigit || $0 == "-" }) { return mailbox }
        return try mailAddress(mailbox, "mailbox").address
    }

    /// Text that says something, or nil when the member is absent or null.
    ///
    /// - Throws: `StepFailure` with `invalid_input` for an empty one: it is the value of a template that came to nothing, and
    ///   as a condition it would fit everything.
    func filledString(_ member: String) throws(StepFailure) -> String? {
        guard let text = try optionalString(member) else { return nil }
        guard !text.trimmed.isEmpty else {
            throw invalid("has nothing in '\(member)' but '\(text)': give it a value, or leave it out")
        }
        return text
    }

    /// The id of the mail the task is about.
    func messageID() throws(StepFailure) -> String {
        guard let id = try filledString("message_id") else {
            throw invalid("needs 'message_id', as search_mail gives it")
        }
        return id
    }

    /// The folder a member names, or nil when it is absent or null.
    func folder(_ member: String) throws(StepFailure) -> FolderReference? {
        try filledString(member).map(FolderReference.init)
    }

    /// One checked address.
    func mailAddress(_ text: String, _ member: String) throws(StepFailure) -> MailAddress {
        guard !text.trimmed.isEmpty else {
            throw invalid("has an empty address in '\(member)': write one like anna@kunde.de")
        }
        do throws(MailAddress.Invalid) {
            return try MailAddress(text)
        } catch {
            throw invalid("has an address in '\(member)' that \(error.description): \(Self.visible(text))")
        }
    }

    /// Checked addresses from text or a list of texts.
    func addresses(_ member: String) throws(StepFailure) -> [MailAddress] {
        var addresses: [MailAddress] = []
        for text in try texts(member) ?? [] { addresses.append(try mailAddress(text, member)) }
        return addresses
    }

    /// A time, as Graph's filters take it.
    func time(_ member: String) throws(StepFailure) -> String? {
        guard let text = try plainText(member) else { return nil }
        guard let milliseconds = RFC3339.parse(text) else {
            throw invalid("has no RFC 3339 time in '\(member)', such as 2026-11-20T08:00:00Z: \(Self.visible(text))")
        }
        return RFC3339.format(milliseconds)
    }

    /// Text for a message: short, and without what would break its line.
    private static func visible(_ text: String) -> String {
        let shown = String(
            text.prefix(100).unicodeScalars.map { scalar in
                switch scalar.properties.generalCategory {
                case .control, .format, .lineSeparator, .paragraphSeparator: "�"
                default: Character(scalar)
                }
            }
        )
        return shown
    }

    /// At least four digits.
    private static func hex(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}

extension ToDo {
    private static let longestSubject = 255

    /// The mail the task is about, when it answers one or passes one on.
    func mailBasis() throws(StepFailure) -> MailBasis? {
        switch action {
        case .replyMail: .reply(to: try messageID(), all: try flag("all"))
        case .forwardMail: .forward(of: try messageID())
        default: nil
        }
    }

    func subject() throws(StepFailure) -> String {
        let subject = try plainText("subject") ?? ""
        for scalar in subject.unicodeScalars {
            guard [.control, .lineSeparator, .paragraphSeparator].contains(scalar.properties.generalCategory) else {
                continue
            }
            let isBreak = (0x0A...0x0D).contains(scalar.value) || [0x85, 0x2028, 0x2029].contains(scalar.value)
            throw invalid(
                "has a \(isBreak ? "line break" : "control character") (U+\(Self.hex(scalar))) in its 'subject', which is one line: "
                    + Self.visible(subject)
            )
        }
        // The service counts as Windows does.
        guard subject.utf16.count <= Self.longestSubject else {
            throw invalid(
                "has a 'subject' of \(subject.utf16.count) characters (UTF-16); \(Self.longestSubject) are allowed: "
                    + Self.visible(subject)
            )
        }
        return subject
    }

    /// Texts by name, in the order given.
    func textMap(_ member: String) throws(StepFailure) -> [(String, String)] {
        guard let value = fields[member], !value.isNull else { return [] }
        guard let object = value.object else { throw invalid("wants an object of texts in '\(member)'") }
        var texts: [(String, String)] = []
        for (name, value) in object {
            guard let text = value.string ?? value.int.map(String.init) else {
                throw invalid("wants text for '\(name)' in '\(member)', not \(value.typeName)")
            }
            texts.append((name, text))
        }
        return texts
    }

    /// The mail's own header fields.
    func mailHeaders() throws(StepFailure) -> [MailHeader] {
        let headers = try textMap("headers")
        guard headers.count <= MailHeaderForm.most else {
            throw invalid("has \(headers.count) fields in 'headers'; the service takes \(MailHeaderForm.most)")
        }
        for (name, value) in headers {
            guard MailHeaderForm.isName(name) else {
                throw invalid(
                    "has '\(name.prefix(40))' in 'headers'; names are letters, digits and - and begin with x-"
                )
            }
            guard name.lowercased() != MailHeaderForm.mark else {
                throw invalid("has '\(name)' in 'headers', which is the mark mails are found again by")
            }
            guard value.utf8.allSatisfy({ (0x20...0x7E).contains($0) }), value.utf8.count <= 900 else {
                throw invalid("has a value of '\(name)' in 'headers' that is not one line of printable ASCII")
            }
        }
        return headers.map { MailHeader(name: $0.0, value: $0.1) }
    }
}
