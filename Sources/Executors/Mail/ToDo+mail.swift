import JSON
import JobModel
import MicrosoftGraph

extension ToDo {
    /// The mailbox the task names, or the configured one.
    func mailbox(_ configured: String?) throws(StepFailure) -> String {
        guard let mailbox = try mailText("mailbox") ?? configured, !mailbox.isEmpty else {
            throw invalid("needs 'mailbox', because no sender is configured (CPA_GRAPH_MAILBOX)")
        }
        // A user id is a GUID, which is no address.
        if mailbox.count == 36, mailbox.allSatisfy({ $0.isHexDigit || $0 == "-" }) { return mailbox }
        return try address(mailbox, "mailbox").address
    }

    /// One checked address.
    func address(_ text: String, _ member: String) throws(StepFailure) -> MailAddress {
        do throws(MailAddress.Invalid) {
            return try MailAddress(text)
        } catch {
            throw invalid("has an address in '\(member)' that \(error.description): \(Self.visible(text))")
        }
    }

    /// Checked addresses from text or a list of texts.
    func addresses(_ member: String) throws(StepFailure) -> [MailAddress] {
        var addresses: [MailAddress] = []
        for text in try texts(member) { addresses.append(try address(text, member)) }
        return addresses
    }

    /// Text or a list of texts; empty when absent.
    func texts(_ member: String) throws(StepFailure) -> [String] {
        guard let value = fields[member], !value.isNull else { return [] }
        var texts: [String] = []
        for item in value.array ?? [value] {
            guard let text = item.string else { throw invalid("wants texts in '\(member)', not \(item.typeName)") }
            texts.append(text)
        }
        return texts
    }

    /// Text; numbers are taken as text too.
    func mailText(_ member: String) throws(StepFailure) -> String? {
        switch fields[member] {
        case nil, .null?: return nil
        case .string(let text)?: return text
        case .integer(let number)?: return String(number)
        case .number(let number)?: return String(number)
        case let value?: throw invalid("wants text in '\(member)', not \(value.typeName)")
        }
    }

    /// One of the words of a type; nil when absent.
    func word<Word: RawRepresentable & CaseIterable>(_ member: String) throws(StepFailure) -> Word?
    where Word.RawValue == String {
        guard let text = try mailText(member) else { return nil }
        guard let word = Word(rawValue: text) else {
            let words = Word.allCases.map(\.rawValue).joined(separator: ", ")
            throw invalid("has '\(Self.visible(text))' in '\(member)'; use one of \(words)")
        }
        return word
    }

    /// A time, as Graph's filters take it.
    func time(_ member: String) throws(StepFailure) -> String? {
        guard let text = try mailText(member) else { return nil }
        guard let milliseconds = RFC3339.parse(text) else {
            throw invalid("has no RFC 3339 time in '\(member)', such as 2026-11-20T08:00:00Z: \(Self.visible(text))")
        }
        return RFC3339.format(milliseconds)
    }

    /// Text for a message: short, and without what would break its line.
    private static func visible(_ text: String) -> String {
        let shown = String(
            text.prefix(100).unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? "�" : Character($0) }
        )
        return shown
    }
}
